import { type Config, readConfig } from "@parley/server/config/read.ts";
import { type Seams, serve } from "@parley/server/serve.ts";

/** The settings of the command line, as the product reads them. */
export function settings(): Config {
  return readConfig(process.argv.slice(2), process.env);
}

/** Starts the product with something put between its parts, and says so as the product does. `ended` runs last. */
export async function startWith(config: Config, seams: Seams, ended: () => void = () => {}): Promise<void> {
  const running = await serve(config, seams);
  process.on("SIGTERM", () => {
    void running.stop().then(() => {
      ended();
      process.exit(0);
    });
  });
  process.stdout.write(`Parley is ready at http://localhost:${running.port} (pid ${process.pid})\n`);
}

/** `real` with some of its methods replaced. Not by inheritance: private fields belong to the real one. */
export function wrap<T extends object>(real: T, replaced: Partial<T>): T {
  return new Proxy(real, {
    get(target, key) {
      const own = replaced[key as keyof T];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
