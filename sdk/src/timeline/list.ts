import type { EventId, Message, UserId } from "@parley/protocol";
import { change, type MessageChange } from "./fold.ts";

/** Messages in a row, ascending by seq, each once. Entries are replaced, never changed, so that views keep their identity. */
export class MessageList {
  #messages: Message[] = [];
  readonly #byId = new Map<EventId, Message>();

  constructor(messages: readonly Message[] = []) {
    this.append(messages);
  }

  get all(): readonly Message[] {
    return this.#messages;
  }

  /** The seq of the first message, null when there is none. */
  get first(): number | null {
    return this.#messages[0]?.seq ?? null;
  }

  get last(): number | null {
    return this.#messages.at(-1)?.seq ?? null;
  }

  get(id: EventId): Message | undefined {
    return this.#byId.get(id);
  }

  prepend(messages: readonly Message[]): void {
    const first = this.first ?? Number.POSITIVE_INFINITY;
    const older = messages.filter(({ seq, id }) => seq < first && !this.#byId.has(id));
    for (const message of older) this.#byId.set(message.id, message);
    this.#messages = [...older, ...this.#messages];
  }

  append(messages: readonly Message[]): void {
    for (const message of messages) {
      if (this.#byId.has(message.id) || message.seq <= (this.last ?? 0)) continue;
      this.#byId.set(message.id, message);
      this.#messages.push(message);
    }
  }

  /** Takes an event that changes one of them; others are ignored. */
  change(event: MessageChange, me: UserId | null): void {
    const old = this.#byId.get(event.message.id);
    if (!old) return;
    const changed = change(old, event, me);
    if (changed === old) return;
    this.#byId.set(old.id, changed);
    this.#messages[this.#indexOf(old.seq)] = changed;
  }

  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#messages.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#messages[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
