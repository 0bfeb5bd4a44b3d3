import { z } from "zod";
import { commands } from "./commands.ts";
import { anyEvent } from "./events.ts";
import { feedId, role, roomId, roomKind, seq, time, uuid } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { name, text } from "./text.ts";

const request = z.int().nonnegative();
const label = text(LIMITS.label);

/** A guest's token: 256 random bits as base64url without padding, made by the client before the first hello. */
export const token = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "is not 256 bits as base64url");

/** A client's position in a feed: the seq and id of the last event in its copy. Without `seq` and `id` it has no copy. */
export const cursor = z.object({ feed: feedId, seq: seq.optional(), id: uuid.optional() });

/** Frames that a client sends, by type. A command's fields stand beside its `kind` in the same object. */
export const clientFrames = {
  hello: z.object({
    type: z.literal("hello"),
    /** Absent where the upgrade request carried `Authorization: Bearer`. */
    token: token.optional(),
    /** The name of a new guest; a known token needs none. */
    name: name(LIMITS.user_name).optional(),
    /** One for each device or tab that keeps an outbox of its own. */
    device: label,
    /** Name and version of the client, for the operator. */
    client: label.optional(),
  }),
  /** `epoch` is the lineage that the cursors were made in; without cursors that hold a seq it says nothing. */
  resume: z.object({
    type: z.literal("resume"),
    epoch: text(LIMITS.label),
    cursors: z.array(cursor).max(LIMITS.cursors),
  }),
  after: z.object({
    type: z.literal("after"),
    feed: feedId,
    seq,
    limit: z.int().positive().max(LIMITS.replay_events),
  }),
  /** The client gives up a command that holds back later ones (P5). */
  skip: z.object({ type: z.literal("skip"), room: roomId, nonce: uuid }),
  /**
   * Whose signals this session wants: presence, typing and receipts of these rooms and no others. It replaces the list
   * of before. Each room that is the user's is answered by what is so now; the others are left out.
   */
  watch: z.object({ type: z.literal("watch"), rooms: z.array(roomId).max(LIMITS.watched) }),
  /** The user is writing in the room. Good for 6 s; sent again at most each 3 s while it goes on. */
  typing: z.object({ type: z.literal("typing"), room: roomId }),
  /** The user has read the room up to this seq. Not answered; the newest of 2 s goes into the private feed as `room_read`. */
  read: z.object({ type: z.literal("read"), room: roomId, seq }),
  ping: z.object({ type: z.literal("ping") }),
} as const;

/** What a command frame carries besides the command itself. */
export const commandEnvelope = z.object({ type: z.literal("command"), request, nonce: uuid });

/** All command frames, for documents and tests; the server validates by kind. */
export const commandFrames = Object.values(commands).map((schema) => schema.extend(commandEnvelope.shape));

/** A room as lists show it. */
export const roomEntry = z.object({
  id: roomId,
  kind: roomKind,
  name: z.string().nullable(),
  topic: z.string(),
  /** How many members it has. */
  members: z.int().nonnegative(),
  /** It is read and nothing is added. */
  archived: z.boolean(),
  /** The reader's role; null for somebody who looks at a public room from outside. */
  role: role.nullable(),
  /** The other one in a direct room. */
  peer: z.object({ id: uuid, name: z.string() }).nullable(),
});

/**
 * How far a member has read a room. `unread` counts messages of others above `seq` that are not deleted, up to
 * LIMITS.unread (which means that many or more); `mentions` those of them that mean the member, counted likewise.
 */
export const readState = z.object({
  seq,
  unread: z.int().nonnegative(),
  mentions: z.int().nonnegative(),
});

/**
 * A feed's standing for this session. `listed`: it is the user's, say `resume` to hear it. `live`: every event above
 * `head` follows. `replay`: the events above the cursor follow, then live ones, in one row. `gone`: it is not the user's.
 */
export const feedState = z.object({
  feed: feedId,
  state: z.enum(["listed", "live", "replay", "gone"]),
  head: seq,
  /** The id of the event at `head`, so that the two make a cursor; null where the store holds no such event. */
  head_id: uuid.nullable(),
  /** The store holds floor + 1 to head. */
  floor: seq,
  room: roomEntry.nullable(),
  /** How far the user has read, and what is above that, as of `head`. Absent for the private feed and what is gone. */
  read: readState.optional(),
});

/** Where events ended up. */
export const placed = z.object({ feed: feedId, seq, id: uuid });

export const acknowledgement = z.object({
  request,
  nonce: uuid,
  /** In the order of the command's effects; empty when nothing changed. */
  events: z.array(placed),
  unchanged: z.literal(true).optional(),
  /** When it was stored. */
  at: time,
  /** This nonce was answered before; this is the same answer. */
  duplicate: z.literal(true).optional(),
});

/** Frames that the server sends, by type. */
export const serverFrames = {
  welcome: z.object({
    type: z.literal("welcome"),
    session: uuid,
    user: z.object({ id: uuid, name: z.string() }),
    /** The lineage of the store. A cursor of another epoch means nothing here. */
    epoch: z.string(),
    limits: z.object({ text: z.int(), user_name: z.int(), room_name: z.int(), frame_bytes: z.int() }),
    /** Milliseconds: a socket is never silent for longer than this. */
    heartbeat: z.int().positive(),
    feeds: z.array(feedState),
    /** Feeds frames with the rest of the list follow. */
    more: z.boolean(),
  }),
  feeds: z.object({ type: z.literal("feeds"), feeds: z.array(feedState), more: z.boolean().optional() }),
  ack: z.object({ type: z.literal("ack"), acks: z.array(acknowledgement) }),
  fault: z.object({
    type: z.literal("fault"),
    request: request.optional(),
    nonce: uuid.optional(),
    code: z.string(),
    text: z.string(),
    advice: z.enum(["never", "retry", "sign_in", "upgrade"]),
    final: z.boolean(),
    /** Milliseconds. */
    retry_after: z.int().nonnegative().optional(),
  }),
  events: z.object({ type: z.literal("events"), feed: feedId, events: z.array(anyEvent) }),
  heads: z.object({ type: z.literal("heads"), heads: z.record(feedId, seq) }),
  reset: z.object({
    type: z.literal("reset"),
    feed: feedId,
    head: seq,
    /** The id of the event at `head`; null where the store holds no such event. */
    head_id: uuid.nullable(),
    floor: seq,
    why: z.enum(["epoch", "floor", "future", "lineage"]),
  }),
  /**
   * Who of a watched room is here. With `whole` the lists say all of it, without they say what changed. In rooms of more
   * than LIMITS.presence_list members the lists are empty and only `count` is said.
   */
  presence: z.object({
    type: z.literal("presence"),
    room: roomId,
    whole: z.literal(true).optional(),
    /** How many members are here. */
    count: z.int().nonnegative(),
    online: z.array(uuid),
    offline: z.array(uuid),
  }),
  /** Everybody who is writing in a watched room now; the next frame replaces it, and after 6 s it is over. */
  typing: z.object({
    type: z.literal("typing"),
    room: roomId,
    users: z.array(z.object({ id: uuid, name: z.string() })),
  }),
  /** How far members of a watched room have read: all of them after `watch`, then what changed. Rooms up to LIMITS.receipts. */
  receipts: z.object({
    type: z.literal("receipts"),
    room: roomId,
    reads: z.array(z.object({ user: uuid, seq })),
  }),
  drain: z.object({ type: z.literal("drain"), reconnect_within: z.int().nonnegative() }),
  pong: z.object({ type: z.literal("pong") }),
} as const;

export type ClientFrames = { [K in keyof typeof clientFrames]: z.infer<(typeof clientFrames)[K]> };
export type ServerFrames = { [K in keyof typeof serverFrames]: z.infer<(typeof serverFrames)[K]> };
export type ServerFrame = ServerFrames[keyof ServerFrames];
export type Cursor = z.infer<typeof cursor>;
export type RoomEntry = z.infer<typeof roomEntry>;
export type FeedState = z.infer<typeof feedState>;
export type Placed = z.infer<typeof placed>;
export type Acknowledgement = z.infer<typeof acknowledgement>;
export type ReadState = z.infer<typeof readState>;
