import { type Fault, fault, isFault, type Nonce, type Performed } from "@parley/protocol";
import type { Body } from "../../../core/command.ts";
import type { Accepted, User } from "../../../store/store.ts";
import type { ApiParts, RouteAnswer } from "./route.ts";

/** Who performs a command. With an `address` the users that the command brings into a room are charged for. */
export type CommandContext = { readonly user: User; readonly nonce: Nonce; readonly address?: string };

/** Performs one command for the user, if the server takes commands and the user's rate allows it. */
export async function perform(
  { chat, commandLimiter, admission, ready, now, refill }: ApiParts,
  { user, nonce, address }: CommandContext,
  body: Body,
): Promise<Accepted | Fault> {
  if (!ready()) return fault("draining", undefined, 1_000);
  const wait = commandLimiter?.take(user.id, refill()) ?? 0;
  if (wait > 0) return fault("rate_limited", undefined, wait);
  const crowded = address === undefined ? null : admission.contact(user.id, address, body);
  if (crowded) return crowded;
  const actor = { id: user.id, name: user.name, walk_in: false };
  const verdict = await chat.perform({ actor, nonce, at: now(), body });
  const changed = !isFault(verdict) && !verdict.duplicate && verdict.placed.length > 0;
  if (address !== undefined && !changed) admission.refundContact(user.id, address, body);
  return verdict;
}

/** What one command came to, or several of one request, for the one who asked. */
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
