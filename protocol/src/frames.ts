import { z } from "zod";
import { commands } from "./commands.ts";
import { feedItem } from "./events.ts";
import { feedId, role, roomId, roomKind, seq, time, uuid } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { name, text } from "./text.ts";

const request = z.int().nonnegative();
const headId = uuid
  .nullable()
  .describe(
    "The id of the event at `head`: the two make a cursor. Null where the store holds no such event.",
  );
const label = text(LIMITS.label);

export const token = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, "is not 256 bits as base64url")
  .describe(
    "A guest's token: 256 random bits as base64url without padding, made by the client before its first `hello`.",
  );

export const cursor = z
  .object({ feed: feedId, seq: seq.optional(), id: uuid.optional() })
  .describe(
    "A client's position in a feed: the seq and id of the last event in its copy. Without `seq` and `id` it has no copy.",
  );

/** Frames that a client sends, by type. A command's fields stand beside its `kind` in the same object. */
export const clientFrames = {
  hello: z
    .object({
      type: z.literal("hello"),
      token: token.optional().describe("Absent where the upgrade request carried `Authorization: Bearer`."),
      name: name(LIMITS.user_name).optional().describe("The name of a new guest; a known token needs none."),
      device: label.describe("An id for each device or tab that keeps its own outbox."),
      client: label.optional().describe("Name and version of the client, for the operator."),
      accepts: z
        .array(label)
        .max(LIMITS.accepts)
        .optional()
        .describe("Optional forms that the client understands: `members_joined`. Other names are ignored."),
    })
    .describe("Signs in. The first frame of each connection."),
  resume: z
    .object({
      type: z.literal("resume"),
      epoch: text(LIMITS.label),
      cursors: z.array(cursor).max(LIMITS.cursors),
    })
    .describe(
      "Names the client's cursors, to continue its feeds; each is answered. `epoch` is the lineage of the cursors; without cursors that have a seq it is not used.",
    ),
  after: z
    .object({
      type: z.literal("after"),
      feed: feedId,
      seq,
      limit: z.int().positive().max(LIMITS.replay_events),
    })
    .describe("Requests the events above `seq`, to close a gap."),
  skip: z
    .object({ type: z.literal("skip"), room: roomId, nonce: uuid })
    .describe("Gives up a refused command, so that later commands to the room are no longer `held` (P5)."),
  watch: z
    .object({ type: z.literal("watch"), rooms: z.array(roomId).max(LIMITS.watched) })
    .describe(
      "Subscribes to presence, typing and receipts of these rooms and no others. Replaces the list of the `watch` before. The current state of each room that the user is in is sent; the other rooms are ignored.",
    ),
  typing: z
    .object({ type: z.literal("typing"), room: roomId })
    .describe(
      "The user is writing in the room. Valid for 6 s; a client repeats it each 3 s at most while it goes on.",
    ),
  read: z
    .object({ type: z.literal("read"), room: roomId, seq })
    .describe(
      "The user has read the room up to this seq. It is not answered; the newest of each 2 s is stored as `room_read` in the private feed.",
    ),
  ping: z.object({ type: z.literal("ping") }).describe("Requests a `pong`."),
} as const;

export const commandEnvelope = z
  .object({ type: z.literal("command"), request, nonce: uuid })
  .describe("The fields of a command frame besides the command itself.");

/** All command frames, for documents and tests; the server validates by kind. */
export const commandFrames = Object.values(commands).map((schema) => schema.extend(commandEnvelope.shape));

export const roomEntry = z
  .object({
    id: roomId,
    kind: roomKind,
    name: z.string().nullable(),
    topic: z.string(),
    members: z.int().nonnegative().describe("The number of members."),
    archived: z.boolean().describe("The room is read-only."),
    role: role
      .nullable()
      .describe("The reader's role; null for a reader who is not a member of the public room."),
    peer: z.object({ id: uuid, name: z.string() }).nullable().describe("The other user of a direct room."),
  })
  .describe("A room as an entry of a list.");

export const readState = z
  .object({
    seq,
    unread: z.int().nonnegative(),
    mentions: z.int().nonnegative(),
  })
  .describe(
    `The read position of a member. \`unread\` counts the messages of others above \`seq\` that are not deleted, up to ${LIMITS.unread}, which means that many or more; \`mentions\` counts those of them that mention the member, in the same way.`,
  );

export const feedState = z
  .object({
    feed: feedId,
    state: z.enum(["listed", "live", "replay", "gone"]),
    head: seq,
    head_id: headId,
    floor: seq.describe("The store holds the events from floor + 1 to head."),
    room: roomEntry.nullable(),
    read: readState
      .optional()
      .describe(
        "The user's read position and unread counts as of `head`. Absent for the private feed and for a feed that is gone.",
      ),
  })
  .describe(
    "The state of a feed in this session. `listed`: the user may read it; send `resume` to receive it. `live`: every event above `head` follows. `replay`: the events above the cursor follow, then live ones, contiguous. `gone`: the user may not read it.",
  );

export const placed = z
  .object({ feed: feedId, seq, id: uuid })
  .describe("The feed, seq and id of an event that was stored.");

export const acknowledgement = z.object({
  request,
  nonce: uuid,
  events: z.array(placed).describe("In the order of the command's effects; empty when nothing changed."),
  unchanged: z.literal(true).optional(),
  at: time.describe("When the command was stored."),
  duplicate: z.literal(true).optional().describe("The nonce was answered before; this is the same answer."),
});

/** Frames that the server sends, by type. */
export const serverFrames = {
  welcome: z
    .object({
      type: z.literal("welcome"),
      session: uuid,
      user: z.object({ id: uuid, name: z.string() }),
      epoch: z.string().describe("The lineage of the store. A cursor of another epoch cannot be continued."),
      limits: z.object({ text: z.int(), user_name: z.int(), room_name: z.int(), frame_bytes: z.int() }),
      heartbeat: z
        .int()
        .positive()
        .describe("Milliseconds: the longest time in which the server sends nothing."),
      feeds: z.array(feedState),
      more: z.boolean().describe("`feeds` frames with the rest of the list follow."),
    })
    .describe("The answer to `hello`: the user, and the feeds that the user may read."),
  feeds: z
    .object({ type: z.literal("feeds"), feeds: z.array(feedState), more: z.boolean().optional() })
    .describe(
      "Feeds that did not fit into `welcome`, the answers to `resume`, and feeds that the user gained or lost.",
    ),
  ack: z
    .object({ type: z.literal("ack"), acks: z.array(acknowledgement) })
    .describe("Commands that are stored: all of one batch that came from this connection."),
  fault: z
    .object({
      type: z.literal("fault"),
      request: request.optional(),
      nonce: uuid.optional(),
      code: z.string(),
      text: z.string(),
      advice: z.enum(["never", "retry", "sign_in", "upgrade"]),
      final: z.boolean(),
      retry_after: z.int().nonnegative().optional().describe("Milliseconds."),
    })
    .describe(
      "A command or frame was refused: the one with this `request` and `nonce`, where they could be read.",
    ),
  events: z
    .object({ type: z.literal("events"), feed: feedId, events: z.array(feedItem) })
    .describe("Events of one feed, ascending and contiguous."),
  heads: z
    .object({ type: z.literal("heads"), heads: z.record(feedId, seq) })
    .describe("The heads of feeds. A client that is behind sends `after`."),
  reset: z
    .object({
      type: z.literal("reset"),
      feed: feedId,
      head: seq,
      head_id: headId,
      floor: seq,
      why: z.enum(["epoch", "floor", "future", "lineage"]),
    })
    .describe(
      "The feed cannot be continued from the cursor: drop the copy, load a page, apply live events above its `as_of`.",
    ),
  presence: z
    .object({
      type: z.literal("presence"),
      room: roomId,
      whole: z.literal(true).optional(),
      count: z.int().nonnegative().describe("The number of members who are online."),
      online: z.array(uuid),
      offline: z.array(uuid),
      unknown: z
        .literal(true)
        .optional()
        .describe(
          "Only with `whole`: other servers are out of reach, and their users may be online. Until the next `whole`.",
        ),
    })
    .describe(
      `The members of a watched room who are online. With \`whole\` the lists are complete, without it they hold the changes. In rooms of more than ${LIMITS.presence_list} members the lists are empty and only \`count\` is sent.`,
    ),
  typing: z
    .object({
      type: z.literal("typing"),
      room: roomId,
      users: z.array(z.object({ id: uuid, name: z.string() })),
    })
    .describe(
      "All users who are writing in a watched room. The next frame replaces it; without one it ends after 6 s.",
    ),
  receipts: z
    .object({
      type: z.literal("receipts"),
      room: roomId,
      reads: z.array(z.object({ user: uuid, seq })),
    })
    .describe(
      `The read positions of members of a watched room: all after \`watch\`, then those that changed. Only in rooms of up to ${LIMITS.receipts} members.`,
    ),
  drain: z
    .object({ type: z.literal("drain"), reconnect_within: z.int().nonnegative() })
    .describe(
      "The server is about to restart. Reconnect within this time in milliseconds, after a random delay.",
    ),
  pong: z.object({ type: z.literal("pong") }).describe("The answer to `ping`."),
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
