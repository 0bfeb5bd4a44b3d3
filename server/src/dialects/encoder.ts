import type { EventOf, RoomId } from "@parley/protocol";

/** A user who is in a room now: a walk-in, or a member with a live session. */
export type Occupant = { readonly id: string; readonly name: string };

/** Users who joined or left: some by name, and how many more. */
export type JoinLeaveNotice = {
  readonly names: readonly string[];
  readonly more: number;
  readonly at: number;
};

/** A message with the fields that the dialects encode. `at` is in milliseconds UTC. */
export type ChatMessage = {
  readonly id: string;
  readonly room: RoomId;
  readonly author: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
};

/**
 * Encodes the frames of one dialect. Each method makes one frame for all its clients in a room, or null where the dialect
 * has no frame for it.
 */
export interface DialectEncoder {
  /** The prefix of its topics. */
  readonly name: string;
  message(message: ChatMessage): string | null;
  /** Several at once come with `more` above 0 or with more than one name. */
  joined(notice: JoinLeaveNotice): string | null;
  left(notice: JoinLeaveNotice): string | null;
  people(people: readonly Occupant[]): string | null;
  typing(names: readonly string[]): string | null;
}

export function encoderTopic(encoder: DialectEncoder, room: RoomId): string {
  return `${encoder.name}/${room}`;
}

export function toChatMessage(room: RoomId, event: EventOf<"message_sent">): ChatMessage {
  return { id: event.id, room, author: event.actor, name: event.name, text: event.text, at: event.at };
}

/** ISO 8601, UTC, ends with Z. */
export function timestamp(at: number): string {
  return new Date(at).toISOString();
}

/** `'Ada'`, `'Ada' and 'Bim'`, `'Ada', 'Bim' and 98 others`. */
export function quotedNames({ names, more }: JoinLeaveNotice): string {
  const [first = "", second] = names.map((name) => `'${name}'`);
  if (more > 0)
    return `${[first, second].filter(Boolean).join(", ")} and ${more} other${more === 1 ? "" : "s"}`;
  return second === undefined ? first : `${first} and ${second}`;
}
