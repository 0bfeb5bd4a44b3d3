import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

/** What a browser logs when the server is down; everything else on its console is a defect of the page. */
const CONNECTION_ERRORS = /^WebSocket connection to .* failed|net::ERR_(CONNECTION|SOCKET|EMPTY|NETWORK)/;
/**
 * A browser also reports answers with 404: to the page that asks for a room that is not, or no longer, its guest's, and to
 * a navigation to an unknown address.
 */
const NO_SUCH_ROOM = /\/api\/v1\/rooms\/[^/]+(?:\/members)?$|\/no\/such\/address$/;
/** On plain http a browser reports that it ignores this header, which only counts on https. */
const ON_PLAIN_HTTP = /^The Cross-Origin-Opener-Policy header has been ignored/;
/** Milliseconds after which something that should happen has not. */
const TIMEOUT = 15_000;

/** A message as the page shows it. */
export type Shown = {
  /** Null for one that has no number yet. */
  readonly seq: number | null;
  readonly state: string;
  readonly text: string;
};

/** A user of the page: what they do, and what the page shows. */
export class PageUser {
  readonly page: Page;
  readonly #url: string;
  readonly #errors: string[];

  private constructor(page: Page, url: string, errors: string[]) {
    this.page = page;
    this.#url = url;
    this.#errors = errors;
    page.setDefaultTimeout(TIMEOUT);
    page.on("pageerror", (error) => errors.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      const expected =
        CONNECTION_ERRORS.test(text) || ON_PLAIN_HTTP.test(text) || NO_SUCH_ROOM.test(message.location().url);
      if (message.type() === "error" && !expected) errors.push(text);
    });
  }

  static async open(browser: Browser, options: BrowserContextOptions, url: string): Promise<PageUser> {
    const context = await browser.newContext(options);
    await context.addInitScript(() => {
      document.addEventListener(
        "securitypolicyviolation",
        ({ violatedDirective, blockedURI, sourceFile }) => {
          console.error(
            `content security policy: ${violatedDirective} blocked ${blockedURI} in ${sourceFile}`,
          );
        },
      );
    });
    return new PageUser(await context.newPage(), url, []);
  }

  /** Another tab of the same browser. */
  async tab(): Promise<PageUser> {
    return new PageUser(await this.page.context().newPage(), this.#url, this.#errors);
  }

  /** What the browser has complained about so far: a blocked script, a failed promise, an error. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  /** Closes the browser; gives what it complained about. */
  async leave(): Promise<string[]> {
    // A round trip: what the page has logged before has arrived.
    await this.page.evaluate(() => 0);
    await this.page.context().close();
    return this.#errors;
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(this.#url + path);
  }

  /** Opens the page, gives a name, and waits until the lobby is there with its messages. */
  async join(name: string): Promise<void> {
    await this.goto("/");
    await this.giveName(name);
    await this.composer("Lobby").waitFor();
    // Messages of others from now on are new.
    await this.page.locator("[aria-label^='Messages in'][aria-busy=false]").waitFor({ state: "attached" });
  }

  async giveName(name: string): Promise<void> {
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByRole("button", { name: "Join" }).click();
  }

  /** Waits until the connection is back, pressing "Try now" as an impatient person does: pauses between tries grow. */
  async reconnects(): Promise<void> {
    const button = this.page.getByRole("button", { name: "Try now" });
    await eventually("the connection is back", async () => {
      if ((await this.page.getByText("Connected", { exact: true }).count()) > 0) return true;
      await button.click({ timeout: 300 }).catch(() => {});
      return false;
    });
  }

  composer(room: string): Locator {
    return this.page.getByLabel(`Message to ${room}`, { exact: true });
  }

  /** Writes into the open room and sends. */
  async write(text: string): Promise<void> {
    await this.page.getByLabel(/^Message to /).fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** The message that holds this text, in the open room. */
  message(text: string): Locator {
    return this.page.locator("[data-message]", { has: this.page.locator("[data-body]", { hasText: text }) });
  }

  /** Waits until a message is there and stored. */
  async waitForMessage(text: string): Promise<void> {
    await this.message(text).and(this.page.locator("[data-state=sent]")).waitFor();
  }

  /** Opens the menu of a message and chooses. */
  async choose(message: string, action: string): Promise<void> {
    await this.message(message).hover();
    await this.message(message).getByRole("button", { name: "More about the message" }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** Opens the menu of the open room and chooses. */
  async chooseOfRoom(action: string): Promise<void> {
    await this.page.getByRole("button", { name: "More about this room" }).click();
    await this.page.getByRole("menuitem", { name: action }).click();
  }

  /** A room in the list on the left. */
  link(room: string): Locator {
    return this.page.getByRole("navigation").getByRole("link", { name: room });
  }

  /** The open room from top to bottom. */
  async shown(): Promise<Shown[]> {
    return this.page.locator("[data-message]").evaluateAll((articles) =>
      articles.map((article) => {
        const { seq, state = "" } = (article as HTMLElement).dataset;
        return {
          seq: seq === undefined ? null : Number(seq),
          state,
          text: article.querySelector("[data-body]")?.textContent ?? "",
        };
      }),
    );
  }
}

/** Waits until `look` gives true; throws an error that names what it waited for. */
export async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + TIMEOUT;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`This did not happen within ${TIMEOUT} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
