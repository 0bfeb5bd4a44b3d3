import type { Advice, FaultCode, Guest } from "@parley/protocol";
import type { ConnectionCause } from "../diagnosis.ts";
import type { ConnectionState } from "./machine.ts";

/** Why the server refuses, by close code, where the address is the reason. */
const CAUSES: { readonly [code: number | string]: "origin_refused" | "wrong_address" } = {
  4404: "wrong_address",
  4406: "origin_refused",
};

/** The state of the connection, for people. */
export type ConnectionView =
  | { readonly state: "stopped"; readonly why: "not_started" | "by_you" }
  /**
   * Needs the user: a name that is taken, a token that is not known. `code` is a fault's, or a close code. `advice` says
   * what helps: `sign_in` again, `upgrade` this client, or nothing that a client could know (`never`).
   */
  | {
      readonly state: "refused";
      readonly code: FaultCode | number;
      readonly text: string;
      readonly advice: Advice;
      /**
       * `origin_refused`: the server accepts no pages of this origin until its operator allows it. `wrong_address`: the
       * native protocol is not at this path.
       */
      readonly cause?: "origin_refused" | "wrong_address";
    }
  /** `cause`: why it may never come about; asked for after the first attempts failed, absent where nothing is known. */
  | {
      readonly state: "connecting";
      readonly attempt: number;
      readonly user: Guest | null;
      readonly cause?: ConnectionCause;
    }
  /** `until`: when the next attempt begins, milliseconds UTC. */
  | {
      readonly state: "waiting";
      readonly until: number;
      readonly attempt: number;
      readonly user: Guest | null;
      readonly cause?: ConnectionCause;
    }
  | { readonly state: "live"; readonly user: Guest };

type ViewParts = {
  /** Who was signed in last, null before the first time. */
  readonly user: Guest | null;
  /** What to add to the connection's clock for UTC. */
  readonly wall: number;
  readonly cause: ConnectionCause | null;
};

export function viewOf(connection: ConnectionState, { user, wall, cause: found }: ViewParts): ConnectionView {
  const cause = found ? { cause: found } : {};
  switch (connection.name) {
    case "stopped":
      return { state: "stopped", why: connection.why };
    case "refused":
      return refusedView(connection);
    case "opening":
    case "greeting":
    case "listing":
      return { state: "connecting", attempt: connection.attempt, user, ...cause };
    case "waiting":
      return {
        state: "waiting",
        until: Math.round(connection.until + wall),
        attempt: connection.attempt,
        user,
        ...cause,
      };
    case "live":
    case "draining":
      return user ? { state: "live", user } : { state: "connecting", attempt: 0, user };
    default:
      return connection satisfies never;
  }
}

function refusedView({ code, text, advice }: Extract<ConnectionState, { name: "refused" }>): ConnectionView {
  const cause = CAUSES[code];
  return { state: "refused", code, text, advice, ...(cause ? { cause } : {}) };
}

/** Whether a person would see no difference. */
export function sameView(one: ConnectionView, other: ConnectionView): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
