import type { EventKind, FeedEvent } from "./events.ts";
import type { EventId } from "./ids.ts";

/**
 * An event between the store and the sockets: the fields that the fan-out needs, and its JSON in the native protocol.
 * The text is made once, where the event is stored or read, and then only joined to frames.
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

/** The whole event. Costs a parse; most components do without it. */
export function fromWire({ text }: WireEvent): FeedEvent {
  return JSON.parse(text) as FeedEvent;
}
