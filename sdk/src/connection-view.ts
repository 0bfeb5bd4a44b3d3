import type { Advice, FaultCode, Guest } from "@parley/protocol";
import type { Connection } from "./connection.ts";

/** How the connection stands, for people. */
export type ConnectionView =
  | { readonly state: "stopped"; readonly why: "not_started" | "by_you" }
  /**
   * Needs a person: a name that is taken, a token that is not known. `code` is a fault's, or a close code. `advice` says
   * what helps: `sign_in` again, `upgrade` this client, or nothing that a client could know (`never`).
   */
  | {
      readonly state: "refused";
      readonly code: FaultCode | number;
      readonly text: string;
      readonly advice: Advice;
    }
  | { readonly state: "connecting"; readonly attempt: number; readonly user: Guest | null }
  /** `until`: when the next attempt begins, milliseconds UTC. */
  | {
      readonly state: "waiting";
      readonly until: number;
      readonly attempt: number;
      readonly user: Guest | null;
    }
  | { readonly state: "live"; readonly user: Guest };

/** `user` is who was signed in last, null before the first time. `wall`: what to add to the connection's clock for UTC. */
export function viewOf(connection: Connection, user: Guest | null, wall: number): ConnectionView {
  switch (connection.name) {
    case "stopped":
      return { state: "stopped", why: connection.why };
    case "refused":
      return { state: "refused", code: connection.code, text: connection.text, advice: connection.advice };
    case "opening":
    case "greeting":
    case "listing":
      return { state: "connecting", attempt: connection.attempt, user };
    case "waiting":
      return {
        state: "waiting",
        until: Math.round(connection.until + wall),
        attempt: connection.attempt,
        user,
      };
    case "live":
    case "draining":
      return user ? { state: "live", user } : { state: "connecting", attempt: 0, user };
    default:
      return connection satisfies never;
  }
}

/** Whether a person would see no difference. */
export function sameView(one: ConnectionView, other: ConnectionView): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
