import type { Acknowledgement, FeedState, ServerFrame } from "@parley/protocol";
import type { Crowd, LoadWire, Member } from "../load/crowd.ts";

/** How many members are in the same step of the setup at once. */
const AT_ONCE = 200;

/** A message as Parley takes it; the bare pipeline does, too, and both parse the same. */
export function commandFrame({ room }: Member, request: number, nonce: string, text: string): string {
  return `{"type":"command","request":${request},"nonce":"${nonce}","kind":"send_message","room":"${room.id}","text":"${text}"}`;
}

/** Parley's own: hello, welcome, join by command, resume; a message is answered by its acknowledgement. */
export class ParleyWire implements LoadWire {
  heartbeat = 0;
  readonly ping = JSON.stringify({ type: "ping" });
  readonly subprotocol = "parley.v1";
  #crowd: Crowd | null = null;
  #epoch = "";
  #heartbeat = 0;
  /** Members that have not taken the present step of the setup yet. */
  readonly #pending = new Set<Member>();

  path(): string {
    return "/ws";
  }

  setUp(crowd: Crowd): void {
    this.#crowd = crowd;
    const { members } = crowd;
    this.#step("welcome", members, ({ index, name }) => ({
      type: "hello",
      token: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url"),
      name,
      device: `bench-${index}`,
      client: "bench",
    }));
    const founders = members.filter((member, index) => members[index - 1]?.room !== member.room);
    this.#step("the rooms", founders, ({ room }) =>
      this.#command({ kind: "create_room", room_kind: "public", name: room.name, room: room.id }),
    );
    const others = members.filter((member) => !founders.includes(member));
    this.#step("joining", others, ({ room }) => this.#command({ kind: "join_room", room: room.id }));
    this.#step("resume", members, ({ room }) => ({
      type: "resume",
      epoch: this.#epoch,
      cursors: [{ feed: room.id }],
    }));
    // A sign of life in the middle of each period.
    this.heartbeat = this.#heartbeat / 2;
  }

  /** A request number that no send uses: those count up from 0. */
  #command(body: object): object {
    return { type: "command", request: 2 ** 40, nonce: Bun.randomUUIDv7(), ...body };
  }

  #step(what: string, members: readonly Member[], frame: (member: Member) => object): void {
    for (let at = 0; at < members.length; at += AT_ONCE) {
      for (const member of members.slice(at, at + AT_ONCE)) {
        this.#pending.add(member);
        this.#crowd!.tell(member, JSON.stringify(frame(member)));
      }
      this.#crowd!.pump(() => this.#pending.size === 0, what);
    }
  }

  message(member: Member, request: number, nonce: string, text: string): string {
    return commandFrame(member, request, nonce, text);
  }

  text(member: Member, payload: string, raw: Buffer): void {
    const frame = JSON.parse(payload) as ServerFrame;
    switch (frame.type) {
      case "events": {
        const known = member.room.log.take(member.stream.cursor, frame.events, raw, null);
        member.stream.cursor += known.count;
        this.#crowd!.same(member, known);
        return;
      }
      case "ack":
        for (const ack of frame.acks) this.#acknowledged(member, ack);
        return;
      case "welcome":
        this.#epoch = frame.epoch;
        this.#heartbeat = frame.heartbeat;
        this.#pending.delete(member);
        return;
      case "feeds":
        for (const feed of frame.feeds) this.#standing(member, feed);
        return;
      case "heads":
      case "pong":
      case "presence":
      case "typing":
      case "receipts":
        return;
      case "fault":
      case "reset":
      case "drain":
        throw new Error(`The server sent ${payload}`);
      default:
        throw new Error(`An unknown frame: ${payload}`);
    }
  }

  #acknowledged(member: Member, { request, events }: Acknowledgement): void {
    if (request >= 2 ** 40) {
      this.#pending.delete(member);
      return;
    }
    const [placed] = events;
    if (!placed || events.length !== 1) throw new Error(`A message was placed ${events.length} times.`);
    member.room.log.acknowledged(placed.seq, placed.id);
    this.#crowd!.answered(member, request % member.sentAt.length);
  }

  #standing(member: Member, { feed, state, head }: FeedState): void {
    if (feed !== member.room.id || state === "listed") return;
    if (state !== "live") throw new Error(`A member is not live in its room but ${state}.`);
    member.stream.cursor = head;
    member.room.log.head = Math.max(member.room.log.head, head);
    this.#pending.delete(member);
  }
}
