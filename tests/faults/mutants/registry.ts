import type { ClientBug } from "../clients/recorded-client.ts";
import { dropsOldest } from "./drops-oldest.ts";
import { freshNonce } from "./fresh-nonce.ts";

/** Bugs planted in the SDK of every client. */
export const CLIENT_BUGS = {
  "drops-oldest": dropsOldest,
  "fresh-nonce": freshNonce,
} as const satisfies Record<string, ClientBug>;

/** Bugs planted in the server: entry files that start it with a wrapped part. */
export const SERVER_BUGS = {
  "ack-before-commit": "tests/faults/mutants/ack-before-commit.ts",
  "seq-before-verdict": "tests/faults/mutants/seq-before-verdict.ts",
  "short-pages": "tests/faults/mutants/short-pages.ts",
  "forgets-reactions": "tests/faults/mutants/forgets-reactions.ts",
  "remembers-members": "tests/faults/mutants/remembers-members.ts",
  "jumping-clock": "tests/faults/mutants/jumping-clock.ts",
  "lossy-bus": "tests/faults/mutants/lossy-bus.ts",
} as const;

export type ClientBugName = keyof typeof CLIENT_BUGS;
export type ServerBugName = keyof typeof SERVER_BUGS;
