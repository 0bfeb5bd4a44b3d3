import { type Fault, isFault, type Nonce, type Performed } from "@parley/protocol";
import type { Body } from "../../../core/command.ts";
import type { Accepted, User } from "../../../store/store.ts";
import type { ApiParts, RouteAnswer } from "./route.ts";

/** The user of a command, its nonce, and the client's address. */
export type CommandContext = { readonly user: User; readonly nonce: Nonce; readonly address: string };

/** When a client should repeat a request that came while the server drains. Milliseconds. */
export const DRAIN_RETRY = 1_000;

/** Performs one command for the user, if the gate admits it. */
export async function perform(
  { gate }: ApiParts,
  { user, nonce, address }: CommandContext,
  body: Body,
): Promise<Accepted | Fault> {
  const verdict = await gate.perform(gate.ofUser(user, address), { nonce, body });
  return isFault(verdict) && verdict.fault === "draining"
    ? { ...verdict, retry_after: DRAIN_RETRY }
    : verdict;
}

/** The acknowledgement of one command, or of several of one request. */
export function acknowledged(nonce: Nonce, ...accepted: readonly Accepted[]): Performed {
  const events = accepted.flatMap(({ placed }) => placed);
  return {
    nonce,
    events,
    at: Math.max(...accepted.map(({ at }) => at)),
    ...(events.length === 0 ? { unchanged: true } : {}),
    ...(accepted.every(({ duplicate }) => duplicate) ? { duplicate: true } : {}),
  };
}

/** Performs one command and answers with its acknowledgement. */
export async function performAndAnswer(
  parts: ApiParts,
  context: CommandContext,
  body: Body,
): Promise<RouteAnswer | Fault> {
  const verdict = await perform(parts, context, body);
  return isFault(verdict) ? verdict : commandAnswer(acknowledged(context.nonce, verdict));
}

export function commandAnswer(body: Performed): RouteAnswer {
  return { body, replayed: body.duplicate === true };
}
