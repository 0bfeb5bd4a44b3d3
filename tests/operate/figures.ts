import { METRICS_TOKEN } from "../support/test-server.ts";

/** The metrics of a server, by name and labels as written in the text. */
export class Figures {
  readonly text: string;
  readonly #values = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
    for (const line of text.split("\n")) {
      const [, key, value] = /^([a-z_]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      if (key !== undefined) this.#values.set(key, Number(value));
    }
  }

  static async read(url: string, token: string = METRICS_TOKEN): Promise<Figures> {
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
    return new Figures(await response.text());
  }

  /** The value of `name` with exactly these labels; undefined when there is none. */
  get(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const inside = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#values.get(inside.length === 0 ? name : `${name}{${inside.join(",")}}`);
  }

  /** The HELP text of each name. */
  get helps(): ReadonlyMap<string, string> {
    return new Map(
      [...this.text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name = "", help = ""]) => [name, help]),
    );
  }

  get keys(): readonly string[] {
    return [...this.#values.keys()];
  }
}
