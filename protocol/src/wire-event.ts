import type { EventKind, FeedEvent } from "./events.ts";
import type { EventId } from "./ids.ts";

/**
 * An event on its way from the store to the sockets: what the way needs to know of it, and its JSON on the native wire.
 * The text is made once, where the event is stored or read, and from there on only joined to frames.
 */
export type WireEvent = {
  readonly seq: number;
  readonly id: EventId;
  readonly kind: EventKind;
  readonly text: string;
};

export function toWire(event: FeedEvent): WireEvent {
  return { seq: event.seq, id: event.id, kind: event.kind, text: JSON.stringify(event) };
}

/** The whole event. Costs a parse: most of the way does without. */
export function fromWire({ text }: WireEvent): FeedEvent {
  return JSON.parse(text) as FeedEvent;
}
