import { type EventKind, type FeedEvent, LIMITS, type WireEvent } from "@parley/protocol";
import type { DraftEvent } from "../../core/rule.ts";
import { bytesToId } from "./compact-id.ts";
import type { Row } from "./steps.ts";

/** An event that a batch appends, with the JSON of the fields that only its kind has, and the bytes of its nonce. */
export type Appended = { readonly event: FeedEvent; readonly body: string; readonly nonce: Uint8Array };

type Stamp = Omit<Head, "kind">;

/** The event of a draft. */
export function stamped(draft: DraftEvent, { seq, id, actor, name, at, nonce }: Stamp): FeedEvent {
  // Most are such: an object that is written down is made ten times as fast as one that is put together.
  if (draft.kind === "message_sent" && isPlain(draft)) {
    const { kind, text, mentions, reply_to } = draft;
    return { seq, id, kind, actor, name, at, nonce, text, mentions, reply_to };
  }
  return Object.assign({ seq, id, kind: draft.kind, actor, name, at, nonce }, draft) as FeedEvent;
}

/** The part of an event that its row holds as JSON. */
export function bodyText(draft: DraftEvent): string {
  if (draft.kind === "message_sent" && isPlain(draft))
    return `{"text":${JSON.stringify(draft.text)},"mentions":[],"reply_to":null}`;
  const { kind: _, ...body } = draft;
  return JSON.stringify(body);
}

/** Nothing but a text, as most messages are: its JSON is put together by hand, in a third of the time. */
function isPlain({ mentions, mentions_room, reply_to, walk_in, redacted }: PlainFields): boolean {
  return mentions.length === 0 && reply_to === null && !mentions_room && !walk_in && !redacted;
}

type PlainFields = Extract<DraftEvent, { kind: "message_sent" }>;

type Head = Pick<FeedEvent, "seq" | "id" | "kind" | "actor" | "name" | "at" | "nonce">;

/**
 * An event as it travels, put together from its columns. The body is JSON already and is not read: made once when the
 * event is stored, it is the same text in the row, in the frame and in a replay. Ids and kinds need no escaping.
 */
export function wireEvent({ seq, id, kind, actor, name, at, nonce }: Head, body: string): WireEvent {
  const rest = body === "{}" ? "}" : `,${body.slice(1)}`;
  const text =
    `{"seq":${seq},"id":"${id}","kind":"${kind}","actor":"${actor}","name":${JSON.stringify(name)},` +
    `"at":${at},"nonce":"${nonce}"${rest}`;
  return { seq, id, kind, text };
}

/** A row of EVENTS_AFTER. */
export function rowToWire(row: Row): WireEvent {
  const [seq, id, kind, actor, name, at, nonce, body] = row as [
    number,
    Uint8Array,
    EventKind,
    string,
    string,
    number,
    Uint8Array,
    string,
  ];
  return wireEvent({ seq, id: bytesToId(id), kind, actor, name, at, nonce: bytesToId(nonce) }, body);
}

/**
 * Takes the events of rows until LIMITS.replay_bytes are full; one large event may pass it. Rows behind are not read: what an
 * answer costs is what it holds, however much is stored.
 */
export class EventTaker {
  readonly taken: WireEvent[] = [];
  #size = 0;

  /** False when it has enough. */
  take(row: Row): boolean {
    const event = rowToWire(row);
    this.#size += Buffer.byteLength(event.text) + 1;
    if (this.taken.length > 0 && this.#size > LIMITS.replay_bytes) return false;
    this.taken.push(event);
    return true;
  }
}

const ID = 36;
const BEFORE_ID = '"id":"';
const MESSAGE = 'message_sent"';
const BEFORE_KIND = '","kind":"';

/** The event back from its text, without reading all of it. `text` was made by `wireEvent`. */
export function textToWire(seq: number, text: string): WireEvent {
  const id = text.indexOf(BEFORE_ID) + BEFORE_ID.length;
  const kind = id + ID + BEFORE_KIND.length;
  return {
    seq,
    id: text.slice(id, id + ID),
    // Most are messages, and one text for all of them is found faster and takes no memory.
    kind: text.startsWith(MESSAGE, kind)
      ? "message_sent"
      : (text.slice(kind, text.indexOf('"', kind)) as EventKind),
    text,
  };
}
