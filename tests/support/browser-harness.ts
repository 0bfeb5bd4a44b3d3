import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";
import { PageUser } from "./page-user.ts";
import { root, ServerProcess } from "./server-process.ts";

/** A name of this machine that browsers do not take for a secure origin, as that of a server in a LAN without https. */
export const LAN_NAME = "parley.lan";

export const FLAGS = [
  `--host-resolver-rules=MAP ${LAN_NAME} 127.0.0.1`,
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

let browser: Promise<Browser> | null = null;

/**
 * One browser for all test files of the process; each guest has a context of their own in it, which shares nothing with
 * others. It ends with the process.
 */
function sharedBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  return browser;
}

/** A server in a folder of its own, and a browser to visit it with. */
export class BrowserHarness {
  readonly #folder: string;
  readonly #browser: Browser;
  #server: ServerProcess;
  #users: PageUser[] = [];

  private constructor(folder: string, browser: Browser, server: ServerProcess) {
    this.#folder = folder;
    this.#browser = browser;
    this.#server = server;
  }

  static async open(): Promise<BrowserHarness> {
    if (!existsSync(join(root, "web", "dist", "index.html"))) {
      throw new Error("There is no page to test. Build it first: npm run build -w web");
    }
    const folder = mkdtempSync(join(tmpdir(), "parley-browser-"));
    const [browser, server] = await Promise.all([sharedBrowser(), startServer(folder, 0)]);
    return new BrowserHarness(folder, browser, server);
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get port(): number {
    return Number(new URL(this.#server.url).port);
  }

  /** A user with a browser context of their own. `url` is the harness's if not given. */
  async user(options: BrowserContextOptions = DESK, url: string = this.url): Promise<PageUser> {
    const user = await PageUser.open(this.#browser, { locale: "en-GB", ...options }, url);
    this.#users.push(user);
    return user;
  }

  /** A user who has joined and has the lobby open. */
  async guest(name: string, options?: BrowserContextOptions): Promise<PageUser> {
    const user = await this.user(options);
    await user.join(name);
    return user;
  }

  /** kill -9. */
  async killServer(): Promise<void> {
    await this.#server.kill();
  }

  /** On the same port and in the same folder. */
  async restartServer(): Promise<void> {
    this.#server = await startServer(this.#folder, this.port);
  }

  /** Closes the users' pages. Throws if one of their browsers complained: a blocked script, a failed promise, an error. */
  async closePages(): Promise<void> {
    const leaving = this.#users;
    this.#users = [];
    const complaints = (await Promise.all(leaving.map((user) => user.leave()))).flat();
    if (complaints.length > 0) throw new Error(`The page complained:\n${complaints.join("\n")}`);
  }

  async close(): Promise<void> {
    await this.closePages();
    await this.#server.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function startServer(folder: string, port: number): Promise<ServerProcess> {
  return ServerProcess.start({ port, dataDir: join(folder, "data"), log: join(folder, "server.log") });
}
