import type { ClientMutant } from "../../support/recording/recorded-client.ts";
import { dropsOldest } from "./drops-oldest.ts";
import { freshNonce } from "./fresh-nonce.ts";

/** Bugs injected into the SDK of every client. */
export const CLIENT_MUTANTS = {
  "drops-oldest": dropsOldest,
  "fresh-nonce": freshNonce,
} as const satisfies Record<string, ClientMutant>;

/** Bugs injected into the server: entry files that start it with a wrapped part. */
export const SERVER_MUTANTS = {
  "ack-before-commit": "tests/faults/mutants/ack-before-commit.ts",
  "seq-before-verdict": "tests/faults/mutants/seq-before-verdict.ts",
  "short-pages": "tests/faults/mutants/short-pages.ts",
  "forgets-reactions": "tests/faults/mutants/forgets-reactions.ts",
  "remembers-members": "tests/faults/mutants/remembers-members.ts",
  "keeps-owners": "tests/faults/mutants/keeps-owners.ts",
  "lossy-without-sweep": "tests/faults/mutants/lossy-without-sweep.ts",
  "echo-twice": "tests/faults/mutants/echo-twice.ts",
  "jumping-clock": "tests/faults/mutants/jumping-clock.ts",
  "forgets-nonces": "tests/faults/mutants/forgets-nonces.ts",
  "naive-writer": "tests/faults/mutants/naive-writer.ts",
  "lossy-bus": "tests/faults/mutants/lossy-bus.ts",
} as const;

export type ClientMutantName = keyof typeof CLIENT_MUTANTS;
export type ServerMutantName = keyof typeof SERVER_MUTANTS;
