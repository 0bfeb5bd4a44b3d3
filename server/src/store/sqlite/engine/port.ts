import type { Fault } from "@parley/protocol";
import type { SignIn, User } from "../../store.ts";

/** What the worker is started with. */
export type WorkerStart = { readonly path: string; readonly unsafeDurability: boolean; readonly now: number };

/**
 * What passes between the store and its worker. Requests are answered one by one, in order. Batches are passed as JSON: one
 * string costs less to pass than the objects (measured by commit.bench.ts).
 */
export type Request =
  | { readonly kind: "commit"; readonly commands: string; readonly now: number }
  | { readonly kind: "sign_in"; readonly requests: readonly SignIn[] }
  | { readonly kind: "ping" }
  | { readonly kind: "close" };

export type Reply =
  /** Before it is open, now and then: how far a migration to this version is, from 0 to 1. */
  | { readonly kind: "migrating"; readonly version: number; readonly done: number }
  | { readonly kind: "open"; readonly epoch: string }
  /** The store could not be opened. `errcode` is SQLite's, 0 for other errors; `forOperator` is an OperatorError. */
  | {
      readonly kind: "refused";
      readonly message: string;
      readonly forOperator: boolean;
      readonly errcode: number;
    }
  | { readonly kind: "committed"; readonly committed: string }
  | { readonly kind: "signed_in"; readonly answers: readonly (User | Fault)[] }
  | { readonly kind: "alive"; readonly epoch: string }
  | { readonly kind: "closed" }
  /** An error after which it is not known what is on disk. No request is answered any more. */
  | { readonly kind: "fatal"; readonly message: string };
