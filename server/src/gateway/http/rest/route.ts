import type { Fault, FaultCode, Nonce } from "@parley/protocol";
import type { z } from "zod";
import type { Guests } from "../../../auth/guests.ts";
import type { Chat } from "../../../chat.ts";
import type { ReadMeter, Store, User } from "../../../store/store.ts";
import type { CommandGate } from "../../command-gate.ts";
import type { Admission } from "../../limits/admission.ts";
import type { ReadBudget } from "../../limits/read-budget.ts";

/** What the routes need. */
export type ApiParts = {
  readonly store: Store;
  readonly guests: Guests;
  readonly chat: Pick<Chat, "perform">;
  /** Takes the commands. */
  readonly gate: Pick<CommandGate, "ofUser" | "perform">;
  readonly admission: Pick<Admission, "guestAllowance">;
  /** What reads of each user and address may cost, over all sockets and HTTP together. */
  readonly reads: ReadBudget;
  /** Whether a user is online. */
  readonly isOnline: (user: string) => boolean;
  /** Whether users of other servers may be online without being known here. */
  readonly isOnlineUnknown: () => boolean;
  /** Whether new work is accepted; not while the server drains. */
  readonly ready: () => boolean;
  readonly newId: () => string;
  /** Milliseconds UTC, for what is stored. */
  readonly now: () => number;
  /** Milliseconds of a clock that never jumps, for all that waits or counts. */
  readonly monotonicNow: () => number;
  /** Milliseconds of the clock that allowances are filled by. */
  readonly refill: () => number;
  /** The version of the server. */
  readonly version: string;
  readonly guestsOpen: boolean;
};

export type Tag = "Session" | "Rooms" | "Members" | "Messages" | "People" | "Server";

/** The names in the braces of a path. Their values are checked by PARAMETERS. */
type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

/** What a request brought, checked. */
export type RouteInput<Path extends string, Query, Body> = {
  readonly params: { readonly [name in NamesIn<Path>]: string };
  readonly query: Query;
  readonly body: Body;
  /** The user of the token. */
  readonly user: User;
  /** The request's `Idempotency-Key` as a nonce, or a new one. */
  readonly nonce: Nonce;
  /** Whether there was a key: what is made for the request must then be the same each time. */
  readonly keyed: boolean;
  /** The client's address. */
  readonly address: string;
  /** Where reads add what they took. */
  readonly meter: ReadMeter;
};

/** A success. */
export type RouteAnswer = {
  readonly status?: 200 | 201;
  readonly body: object;
  /** The path of what was made. */
  readonly location?: string;
  /** The same key had this answer before. */
  readonly replayed?: boolean;
  /** A `Link` header (RFC 8288). */
  readonly links?: string;
};
export type RouteResult = RouteAnswer | Fault;

type Answers = {
  readonly [status in 200 | 201]?: {
    readonly schema: z.ZodType;
    readonly description: string;
    readonly example?: unknown;
  };
};

type RouteDefinition<
  Path extends string,
  Query extends z.ZodType | undefined,
  Body extends z.ZodType | undefined,
> = {
  /** The operation's id in the document. */
  readonly id: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Below `/api/v1`. */
  readonly path: Path;
  readonly tag: Tag;
  /** One line. */
  readonly summary: string;
  /** More than the line, as Markdown. */
  readonly description?: string;
  /** `open`: needs no token. */
  readonly access?: "open";
  readonly query?: Query;
  readonly body?: Body;
  /** A body that may be left out counts as an empty object. */
  readonly bodyOptional?: true;
  readonly bodyExample?: unknown;
  /** A command: it takes an `Idempotency-Key`, and counts against the user's rate. */
  readonly command?: true;
  readonly answers: Answers;
  /** The faults that this route may answer with, beside those of all routes. */
  readonly faults?: readonly FaultCode[];
  run(
    given: RouteInput<
      Path,
      Query extends z.ZodType ? z.output<Query> : undefined,
      Body extends z.ZodType ? z.output<Body> : undefined
    >,
    parts: ApiParts,
  ): RouteResult | Promise<RouteResult>;
};

/** A route as the router and the document see it. */
export type Route = Omit<RouteDefinition<string, z.ZodType | undefined, z.ZodType | undefined>, "run"> & {
  run(given: never, parts: ApiParts): RouteResult | Promise<RouteResult>;
};

/** Declares a route once: the router, the checks and the OpenAPI document are made from it. */
export function route<
  const Path extends string,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>(declared: RouteDefinition<Path, Query, Body>): Route {
  return declared as unknown as Route;
}
