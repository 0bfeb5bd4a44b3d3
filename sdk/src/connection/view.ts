import type { Advice, FaultCode, Guest } from "@parley/protocol";
import type { ConnectionCause } from "../diagnosis.ts";
import type { ConnectionState } from "./machine.ts";

const ORIGIN = {
  code: 4403,
  text: "This server does not take pages of this address. Its operator can allow it.",
  advice: "never",
  cause: "origin_refused",
} as const;

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
      /** The server takes no pages of this origin: its operator has to allow it. */
      readonly cause?: "origin_refused";
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
      if (connection.code === ORIGIN.code) return { state: "refused", ...ORIGIN };
      return { state: "refused", code: connection.code, text: connection.text, advice: connection.advice };
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

/** Whether a person would see no difference. */
export function sameView(one: ConnectionView, other: ConnectionView): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
