import {
  type Acknowledgement,
  type FeedId,
  type FeedItem,
  firstSeq,
  type Message,
  type Nonce,
  type Reaction,
  type ReadState,
  type RoomEntry,
  type RoomId,
  userFeed,
} from "@parley/protocol";
import type { Client, Hooks } from "../src/client.ts";
import type { Mentions } from "../src/rooms/room.ts";
import { project } from "./projection.ts";
import type { SimServer } from "./server.ts";

type Sent = { readonly room: RoomId; readonly text: string; readonly nonce: Nonce };

/** Observes one device, and reports what violates an invariant. Ids as in the checker's invariants. */
export class InvariantChecker {
  readonly violations: string[] = [];
  readonly #name: string;
  readonly #server: SimServer;
  /** In the order of sending. */
  readonly #sent: Sent[];
  /** The position in each feed since the page was loaded. */
  #applied = new Map<FeedId, number>();
  readonly #acked: Map<Nonce, Acknowledgement>;

  constructor(name: string, server: SimServer, sent: Sent[] = [], acked = new Map<Nonce, Acknowledgement>()) {
    this.#name = name;
    this.#server = server;
    this.#sent = sent;
    this.#acked = acked;
  }

  /** Looks over the shoulder of the same person at another page. */
  forDevice(what: string): InvariantChecker {
    return new InvariantChecker(`${this.#name}'s ${what}`, this.#server, this.#sent, this.#acked);
  }

  readonly hooks: Hooks = {
    onPlaced: (feed, seq) => void this.#applied.set(feed, seq),
    onApplied: (feed, events) => {
      for (const event of events) this.#apply(feed, event);
    },
    onAnswered: (nonce, answer) => {
      if ("events" in answer) this.#answer(nonce, answer);
    },
  };

  born(): void {
    this.#applied = new Map();
  }

  /** Sends, and remembers under which nonce. */
  send(client: Client, id: RoomId, text: string, mentions: Mentions = {}): void {
    const room = client.room(id);
    room.send(text, mentions);
    const item = room.timeline.get().items.at(-1);
    if (item?.text !== text) this.#say(`I7 ${text} is not shown at the end when it was sent`);
    else this.#sent.push({ room: id, text, nonce: item.nonce });
  }

  /** At every moment: the list is in order of seq, what has none comes last, and nothing is in it twice. */
  look(client: Client, rooms: readonly RoomId[]): void {
    for (const room of rooms) {
      const { items } = client.room(room).timeline.get();
      let last = 0;
      for (const { seq } of items) {
        if (seq !== null && seq <= last) this.#say(`I15 ${room} shows ${seq} after ${last}`);
        last = seq ?? Number.POSITIVE_INFINITY;
      }
      const untouched = items.filter(({ deleted, editedAt }) => !deleted && editedAt === null);
      const columns = {
        key: items.map(({ key }) => key),
        nonce: items.map(({ nonce }) => nonce),
        id: items.flatMap(({ id }) => (id === null ? [] : [id])),
        text: untouched.map(({ text }) => text),
      };
      for (const [column, values] of Object.entries(columns)) {
        if (new Set(values).size !== values.length) this.#say(`I15 ${room} shows a ${column} twice`);
      }
    }
  }

  /** Whether the device has everything: nothing waits, and every feed is at its head. */
  healed(client: Client): boolean {
    const { cursors, outbox, unconfirmedReads } = client.inspect();
    if (client.connection.get().state !== "live" || outbox > 0 || unconfirmedReads > 0) return false;
    const timelines = client.rooms.get().map(({ id }) => client.room(id).timeline.get());
    if (timelines.some(({ state, error }) => state !== "ready" || error !== undefined)) return false;
    return Object.entries(cursors).every(([feed, seq]) => seq === this.#server.store.log(feed).length);
  }

  /** In the end: the device shows what the server has, and the server has what the device sent, once and in order. */
  judge(client: Client, rooms: readonly RoomId[]): void {
    const connection = client.connection.get();
    if (!this.healed(client)) this.#say(`I10 not healed: ${JSON.stringify([connection, client.inspect()])}`);
    if (connection.state !== "live") return;
    const me = connection.user.id;
    const entitled = [userFeed(me), ...rooms.filter((room) => this.#server.store.isMember(room, me))];
    this.#same("I13 follows", Object.keys(client.inspect().cursors).sort(), entitled.sort());
    this.#judgeRooms(client, me);
    for (const room of rooms) {
      if (this.#server.store.isMember(room, me)) this.#judgeShown(client, room, me);
      this.#judgeStored(client, room, me);
    }
  }

  /** I1: every room is listed as it is, read as far as on the server, with as much unread. */
  #judgeRooms(client: Client, me: string): void {
    const standings = this.#server.store.feedsOf(me).filter(({ room }) => room !== null);
    const line = (room: Omit<RoomEntry, "kind" | "peer">, read: ReadState | undefined) =>
      [
        room.id,
        room.name,
        room.topic,
        room.members,
        room.archived,
        room.role,
        read?.seq,
        read?.unread,
        read?.mentions,
      ].join(" / ");
    this.#same(
      "I1 the rooms are",
      client.rooms
        .get()
        .map((room) => line(room, room.read))
        .sort(),
      standings.flatMap(({ room, read }) => (room ? [line(room, read)] : [])).sort(),
    );
    const sum = (of: (read: ReadState) => number) =>
      standings.reduce((total, { read }) => total + (read ? of(read) : 0), 0);
    const { unread, mentions } = client.unread.get();
    const sums = [sum((read) => read.unread), sum((read) => read.mentions)];
    this.#same("I1 unread in all is", [unread, mentions], sums);
  }

  /** I1: what there is, is shown; I15: as it is now. */
  #judgeShown(client: Client, room: RoomId, me: string): void {
    const { items, state, error } = client.room(room).timeline.get();
    if (state !== "ready") this.#say(`I10 ${room} is ${state}: ${error}`);
    const shown = items.filter((item) => item.state !== "failed");
    // Which kind comes first may differ once the first of a kind is taken back: a list that is shown does not jump.
    const sorted = (reactions: readonly Reaction[]) =>
      JSON.stringify([...reactions].sort((one, other) => (one.emoji < other.emoji ? -1 : 1)));
    const line = (message: Pick<Message, "seq" | "text" | "deleted" | "reactions">, id: string | null) =>
      `${message.seq} ${id} ${message.text} ${message.deleted} ${sorted(message.reactions)}`;
    this.#same(
      `I1 ${room} shows`,
      shown.map((item) => line({ ...item, seq: item.seq ?? 0, reactions: [...item.reactions] }, item.id)),
      project(this.#server.store.log(room), me).map((message) => line(message, message.id)),
    );
    const changing = shown.filter((item) => item.changing !== null);
    if (changing.length > 0) this.#say(`I10 ${room} still shows changes on their way`);
  }

  /** I1: acked is stored. I2: once. I6: in the order of sending. I7: nothing that was refused, and all that was not. */
  #judgeStored(client: Client, room: RoomId, me: string): void {
    const { items } = client.room(room).timeline.get();
    const failed = new Set(items.filter(({ state }) => state === "failed").map(({ nonce }) => nonce));
    const log = this.#server.store.log(room).filter(({ actor }) => actor === me);
    const stored = log.flatMap((event) => (event.kind === "message_sent" ? [event] : []));
    const nonces = new Set(stored.map(({ nonce }) => nonce));
    // A backup does not know what came after it; what was acknowledged since is gone, and the client cannot know.
    const isLost = (nonce: Nonce) => this.#lineages > 1 && this.#acked.has(nonce) && !nonces.has(nonce);
    // What was refused for good may still be stored by a resend whose first answer was lost.
    const isLate = (nonce: Nonce) => this.#server.refused.has(nonce);
    const due = this.#sent.filter(
      (sent) => sent.room === room && !failed.has(sent.nonce) && !isLost(sent.nonce),
    );
    const texts = (from: readonly { readonly nonce: Nonce; readonly text: string }[]) =>
      from.filter(({ nonce }) => !isLate(nonce)).map(({ text }) => text);
    this.#same(`I2 I6 I7 ${room} has`, texts(stored), texts(due));
    if (new Set(stored.map(({ text }) => text)).size !== stored.length)
      this.#say(`I2 ${room} has a text twice`);
    for (const [nonce, { events }] of this.#acked) {
      const [placed] = events;
      if (placed?.feed !== room || this.#lineages > 1) continue;
      const placing = log.filter((event) => event.nonce === nonce).map(({ seq }) => seq);
      this.#same(`I1 ${nonce} is at`, placing, [placed.seq]);
    }
  }

  get #lineages(): number {
    return this.#server.store.lineages;
  }

  #apply(feed: FeedId, item: FeedItem): void {
    const last = this.#applied.get(feed);
    const first = firstSeq(item);
    if (first !== (last ?? Number.NaN) + 1) this.#say(`I2 I4 ${feed} ${first} was applied after ${last}`);
    this.#applied.set(feed, item.seq);
  }

  #answer(nonce: Nonce, ack: Acknowledgement): void {
    const known = this.#acked.get(nonce);
    if (known && this.#lineages === 1) this.#same(`I5 ${nonce} was answered`, ack.events, known.events);
    this.#acked.set(nonce, ack);
  }

  #same(what: string, one: readonly unknown[], other: readonly unknown[]): void {
    const lines = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join("\n");
    if (lines(one) !== lines(other)) this.#say(`${what}\n${lines(one)}\nand not\n${lines(other)}`);
  }

  #say(what: string): void {
    this.violations.push(`${this.#name}: ${what}`);
  }
}
