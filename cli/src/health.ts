import { get } from "node:http";
import { readConfig } from "@parley/server/config/read.ts";
import { OperatorError, UsageError } from "@parley/server/offline.ts";
import { helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";

const options: readonly Option[] = [
  {
    flag: "--port",
    takes: "PORT",
    description: "Port of the server. Default: PORT of the environment, or 8000.",
  },
  {
    flag: "--host",
    takes: "HOST",
    description: "Address of the server on this machine. Default: HOST of the environment.",
  },
];

/** How long the server may take to answer. Milliseconds. */
const ANSWER_TIMEOUT = 4_000;
/** Addresses that stand for all of a machine's, with one that can be connected to. */
const LOOPBACK_OF: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

export const healthSubcommand: Subcommand = {
  name: "health",
  usage: "[options]",
  summary: "Checks whether the server on this machine is ready.",
  help: () =>
    helpOf(
      "health [options]",
      "Requests /readyz from the server on this machine, as the health check of a container does.\n" +
        "Exit code 0: it is ready. 1: it is not ready, is shutting down, or does not answer.",
      options,
    ),
  async run(args, { env, say }) {
    const { options: given } = readArguments("health", args, options);
    const flags = [...given].map(([flag, value]) => `${flag}=${value}`);
    const { port, host } = readConfig(flags, { PORT: env.PORT, HOST: env.HOST });
    if (port === 0) throw new UsageError("PORT is 0, so the server chose a free port. Name it with --port.");
    const address = { host: LOOPBACK_OF[host] ?? host, port };
    const where = `${address.host.includes(":") ? `[${address.host}]` : address.host}:${port}`;
    const response = await requestReadyz(address).catch(() => null);
    if (response === null) throw new OperatorError(`No server answers at ${where}.`);
    if (response.status !== 200)
      throw new OperatorError(`The server at ${where} is not ready: ${response.text}`);
    say(`The server at ${where} is ready.`);
    return 0;
  },
};

/** Not `fetch`, which would use a proxy that the environment names. */
function requestReadyz(address: { host: string; port: number }): Promise<{ status: number; text: string }> {
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
