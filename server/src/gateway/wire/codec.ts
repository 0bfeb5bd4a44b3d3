import {
  type CommandBody,
  FAULTS,
  type Fault,
  type FeedId,
  fault,
  isStorable,
  LIMITS,
  type Nonce,
  ROOM_ID_PATTERN,
  type RoomId,
  type ServerFrame,
  UUID_PATTERN,
  type WireEvent,
} from "@parley/protocol";
import { type ClientFrames, clientFrames, commands } from "@parley/protocol/schemas";
import type { z } from "zod";
import type { Accepted } from "../../store/store.ts";

/** A command frame, decoded and valid. */
export type CommandFrame = {
  readonly type: "command";
  readonly request: number;
  readonly nonce: Nonce;
  readonly body: CommandBody;
};
export type IncomingFrame = ClientFrames[keyof ClientFrames] | CommandFrame;

/** A frame that was refused, with the request and nonce that its fault names, if they could be read. */
export type RejectedFrame = {
  readonly type: "refused";
  readonly fault: Fault;
  readonly request?: number;
  readonly nonce?: Nonce;
};

/** The native topic of a feed: the sockets of its readers on this node are subscribed while their copy is live. */
export function nativeTopic(feed: FeedId): string {
  return `native/${feed}`;
}

/** The same for the readers who get runs of joinings as one item (SPEC EV-11). */
export function joinedTopic(feed: FeedId): string {
  return `joined/${feed}`;
}

/** The native topic of a room's signals: the sockets that watch the room and are linked to its feed are subscribed. */
export function signalsTopic(room: RoomId): string {
  return `signals/${room}`;
}

/** Reads one frame. Never throws: what cannot be read is refused with a fault whose advice is what to do (SPEC FT). */
export function decode(data: string | Uint8Array): IncomingFrame | RejectedFrame {
  if (typeof data !== "string") return rejected(fault("bad_frame", "Binary frames are not taken."));
  let raw: unknown;
  try {
    raw = JSON.parse(data);
  } catch {
    return rejected(fault("bad_frame"));
  }
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return rejected(fault("bad_frame"));
  const { type } = raw as { type?: unknown };
  if (typeof type !== "string") return rejected(fault("bad_frame"));
  if (type === "command") return decodeCommand(raw as Record<string, unknown>);
  if (!Object.hasOwn(clientFrames, type))
    return rejected(fault("unknown_kind", `type: ${type.slice(0, 64)}`));
  const parsed = clientFrames[type as keyof typeof clientFrames].safeParse(raw);
  return parsed.success ? parsed.data : rejected(invalid(parsed.error));
}

function decodeCommand(raw: Record<string, unknown>): CommandFrame | RejectedFrame {
  const { request, nonce, kind } = raw;
  if (!Number.isSafeInteger(request) || (request as number) < 0)
    return rejected(fault("invalid", "request: a whole number is needed."));
  const about = { request: request as number };
  if (typeof nonce !== "string" || !UUID_PATTERN.test(nonce)) {
    return rejected(fault("invalid", "nonce: a UUID in lower case is needed."), about);
  }
  const plain = kind === "send_message" ? plainMessage(raw) : null;
  if (plain) return { type: "command", request: about.request, nonce, body: plain };
  const known = { ...about, nonce };
  if (typeof kind !== "string" || !Object.hasOwn(commands, kind)) {
    // Not String(kind): an object may bring a toString of its own that is no function.
    return rejected(
      fault(
        "unknown_kind",
        typeof kind === "string" ? `kind: ${kind.slice(0, 64)}` : "kind: a text is needed.",
      ),
      known,
    );
  }
  const parsed = commands[kind as keyof typeof commands].safeParse(raw);
  return parsed.success
    ? { type: "command", ...known, body: parsed.data }
    : rejected(invalid(parsed.error), known);
}

/** The fields of `send_message` that the fast path leaves to the schema. */
const SELDOM = ["mentions", "mentions_room", "reply_to", "thread", "attachments"] as const;
const VISIBLE = /\S/;

/**
 * Almost every frame is a message with nothing but a room and a text. What is taken here is what the schema would take,
 * and comes out the same (native.test.ts compares them); all else, and every refusal, is the schema's. Half the time of decoding.
 */
function plainMessage(raw: Record<string, unknown>): CommandBody | null {
  const { room, text } = raw;
  if (typeof room !== "string" || typeof text !== "string") return null;
  // As many code units are at most as many code points.
  if (text.length > LIMITS.text || !VISIBLE.test(text) || !isStorable(text)) return null;
  for (const name of SELDOM) if (raw[name] !== undefined) return null;
  return ROOM_ID_PATTERN.test(room) ? { kind: "send_message", room, text } : null;
}

function rejected(why: Fault, about: { request?: number; nonce?: Nonce } = {}): RejectedFrame {
  return { type: "refused", fault: why, ...about };
}

/** The first thing that is wrong, as `field: what`. */
export function invalid(error: z.ZodError): Fault {
  const [issue] = error.issues;
  return fault("invalid", issue ? `${issue.path.join(".") || "frame"}: ${issue.message}` : undefined);
}

/** A frame as text. */
export function encode(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

/** A fault as a frame: the table's row, with what is known of this case. */
export function faultFrame(why: Fault, about: { request?: number; nonce?: Nonce } = {}): string {
  const { text, advice, final } = FAULTS[why.fault];
  return encode({
    type: "fault",
    ...about,
    code: why.fault,
    text: why.detail === undefined ? text : `${text} (${why.detail})`,
    advice,
    final,
    ...(why.retry_after === undefined ? {} : { retry_after: why.retry_after }),
  });
}

/** One acknowledgement as JSON. Put together by hand: it is written for every message, and its ids need no escaping. */
export function ackText(request: number, nonce: Nonce, { placed, at, duplicate }: Accepted): string {
  const [first] = placed;
  if (first && placed.length === 1 && !duplicate) {
    const { feed, seq, id } = first;
    return `{"request":${request},"nonce":"${nonce}","events":[{"feed":"${feed}","seq":${seq},"id":"${id}"}],"at":${at}}`;
  }
  let events = "";
  for (const { feed, seq, id } of placed) {
    events += `${events === "" ? "" : ","}{"feed":"${feed}","seq":${seq},"id":"${id}"}`;
  }
  const unchanged = events === "" ? ',"unchanged":true' : "";
  const again = duplicate ? ',"duplicate":true' : "";
  return `{"request":${request},"nonce":"${nonce}","events":[${events}],"at":${at}${unchanged}${again}}`;
}

/** The frame that carries the acks of one batch to one socket. `acks` is their JSON, with commas between them. */
export function ackFrame(acks: string): string {
  return `{"type":"ack","acks":[${acks}]}`;
}

/** An events frame: the events are text already, so it is only put together. */
export function eventsFrame(feed: FeedId, events: readonly WireEvent[]): string {
  let list = "";
  for (const { text } of events) list += list === "" ? text : `,${text}`;
  return framed(feed, list);
}

/** The same of items that are text. */
export function eventsText(feed: FeedId, items: readonly string[]): string {
  return framed(feed, items.join(","));
}

function framed(feed: FeedId, list: string): string {
  return `{"type":"events","feed":"${feed}","events":[${list}]}`;
}
