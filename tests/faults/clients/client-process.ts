import { join } from "node:path";
import type { FeedId } from "@parley/protocol";
import { bun, Child } from "../../support/child-process.ts";
import { root } from "../../support/server-process.ts";
import type { ClientMutantName } from "../mutants/registry.ts";
import type { Weights } from "./script.ts";

/** What a process of clients is given. */
export type ClientsJob = {
  readonly url: string;
  readonly seed: number;
  /** The number of its first client among all. */
  readonly first: number;
  /** `person`: the user of the device. */
  readonly clients: readonly { readonly name: string; readonly person: string }[];
  /** The file of its record. */
  readonly record: string;
  readonly bug?: ClientMutantName;
  readonly weights?: Partial<Weights>;
  /** How many of them show their screens in the end; all if undefined. */
  readonly screens?: number;
  /** How many times as slow the scripts are as usual. */
  readonly pace?: number;
};

/** `act`: begin the scripts. `quiet`: finish them, stay connected. `show`: write down what screens show. */
export type Ask = "act" | "wake" | "quiet" | "report" | "show" | "end";

export type Report = readonly {
  readonly name: string;
  readonly user: string | null;
  readonly isLive: boolean;
  /** Its connection, when it is not live. */
  readonly connection?: unknown;
  /** Messages without an answer. */
  readonly pending: number;
  /** Read positions among them. */
  readonly reads: number;
  /** Its positions. */
  readonly feeds: { readonly [feed: FeedId]: number };
}[];

/** A process that runs some of the clients. */
export class ClientProcess {
  readonly child: Child;
  #asks = 0;

  constructor(job: ClientsJob) {
    const command = [bun, "--no-orphans", join(root, "tests/faults/clients/client.ts"), JSON.stringify(job)];
    this.child = new Child({ command });
  }

  /** Sends an order and waits until it is done. */
  ask(ask: Exclude<Ask, "end">, ms = 15_000): Promise<Report> {
    const id = ++this.#asks;
    const answer = this.child.line(`an answer to ${ask}`, ms, (line) => {
      if (!line.startsWith("{")) return undefined;
      const said = JSON.parse(line) as { id: number; report: Report };
      return said.id === id ? said.report : undefined;
    });
    this.child.write(JSON.stringify({ id, ask }));
    return answer;
  }

  /** Ends it after it has written its record to the end. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.child.signal("SIGKILL"), 5_000);
    this.child.write(JSON.stringify({ id: 0, ask: "end" }));
    await this.child.gone;
    clearTimeout(timer);
  }
}
