import { get } from "node:http";
import { readConfig } from "@parley/server/config/read.ts";
import { OperatorError } from "@parley/server/offline.ts";
import { helpOf, readArguments } from "./arguments.ts";
import { type Option, type Subcommand, UsageError } from "./subcommand.ts";

const options: readonly Option[] = [
  {
    flag: "--port",
    takes: "PORT",
    description: "Port of the server. Else PORT of the environment, else 8000.",
  },
  {
    flag: "--host",
    takes: "HOST",
    description: "Its address on this machine. Else HOST of the environment.",
  },
];

/** An answer that takes longer is none. Milliseconds. */
const ANSWER_TIMEOUT = 4_000;
/** Addresses that mean all of a machine, with one that reaches it. */
const LOOPBACK_OF: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

export const healthSubcommand: Subcommand = {
  name: "health",
  usage: "[options]",
  summary: "Asks the server on this machine whether it takes work.",
  help: () =>
    helpOf(
      "health [options]",
      "Asks the server that runs on this machine for /readyz, as the health check of a container does.\n" +
        "Exit code 0: it takes work. 1: it does not, is ending, or is not there.",
      options,
    ),
  async run(args, { env, say }) {
    const { options: given } = readArguments("health", args, options);
    const flags = [...given].map(([flag, value]) => `${flag}=${value}`);
    const { port, host } = readConfig(flags, { PORT: env.PORT, HOST: env.HOST });
    if (port === 0)
      throw new UsageError("PORT is 0, so the server chose one itself. Name that one with --port.");
    const address = { host: LOOPBACK_OF[host] ?? host, port };
    const where = `${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`;
    const said = await ask(address).catch(() => null);
    if (said === null) throw new OperatorError(`No server answers at ${where}.`);
    if (said.status !== 200) throw new OperatorError(`The server at ${where} takes no work: ${said.text}`);
    say(`The server at ${where} takes work.`);
    return 0;
  },
};

/** Not `fetch`: a proxy that the environment names has no part in this. */
function ask(address: { host: string; port: number }): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(
      { ...address, path: "/readyz", timeout: ANSWER_TIMEOUT, agent: false },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: text.slice(0, 200) }));
        response.on("error", reject);
      },
    );
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", reject);
  });
}
