import type { Entry, History } from "../../support/checker/history.ts";
import type { StoreDump, StoredEvent } from "../../support/checker/store-dump.ts";

/** Distributes over the union, so that each kind of line keeps its own fields. */
type Untimed<E> = E extends Entry ? Omit<E, "at"> & { at?: number } : never;

/** Builds a history: lines get times 10 ms apart, more than the clocks may differ. */
export class Sample {
  readonly entries: Entry[] = [];
  readonly events: StoredEvent[] = [];
  members: { room: string; user: string; role?: string; read?: number }[] = [];
  reactions: { room: string; seq: number; emoji: string; user: string }[] = [];
  nonces: { author: string; nonce: string; placed: { feed: string; seq: number; id: string }[] }[] = [];
  lastOf = new Map<string, number>();
  #now = 1000;

  log(entry: Untimed<Entry>): this {
    this.#now += 10;
    this.entries.push({ at: this.#now, ...entry } as Entry);
    return this;
  }

  /** A row of the store; the defaults make it the next message of its room. */
  store(event: Partial<StoredEvent> & { feed: string; actor: string; nonce: string }): StoredEvent {
    const seq = event.seq ?? (this.lastOf.get(event.feed) ?? 0) + 1;
    const row = {
      id: `e-${event.feed}-${seq}`,
      kind: "message_sent",
      at: seq,
      text: "",
      user: null,
      message: null,
      seq,
      ...event,
    };
    this.events.push(row);
    this.lastOf.set(event.feed, seq);
    return row;
  }

  history(change: Partial<StoreDump> = {}): History {
    const feeds = [...this.lastOf].map(([feed, last]) => ({ feed, floor: 0, last }));
    const { events, members, reactions, nonces } = this;
    const store = { epoch: "one", feeds, events, members, reactions, nonces, ...change };
    return { seed: 7, entries: this.entries, store };
  }
}

/**
 * Two clients in the lobby. Ada sends one and two, Bim edits nothing and sends three; a line breaks, Ada's resend of two
 * is answered as a duplicate; all are at head in the end. Every invariant holds.
 */
export function greenSample(): Sample {
  const sample = new Sample();
  const people = [
    ["c1", "ada"],
    ["c2", "bim"],
  ] as const;
  sample.store({ feed: "lobby", kind: "room_created", actor: "system", nonce: "n0" });
  for (const [client, user] of people) {
    const role = "member";
    const joined = { kind: "member_joined", actor: user, nonce: `in-${user}`, user, role };
    const { seq } = sample.store({ feed: "lobby", ...joined });
    sample.members.push({ room: "lobby", user, role, read: seq });
    sample.store({ feed: `user.${user}`, kind: "room_added", actor: user, nonce: `in-${user}` });
    sample.log({ t: "born", client, device: client });
    sample.log({ t: "welcomed", client, user, epoch: "one" });
    sample.log({ t: "based", client, feed: "lobby", seq: 3, fresh: true });
    sample.log({ t: "based", client, feed: `user.${user}`, seq: 1, fresh: true });
  }
  message(sample, { client: "c1", user: "ada", order: 1, token: "one" });
  message(sample, { client: "c1", user: "ada", order: 2, token: "two" });
  sample.log({ t: "welcomed", client: "c1", user: "ada", epoch: "one" });
  sample.log({ t: "based", client: "c1", feed: "lobby", seq: 5, fresh: false });
  const again = sample.entries.find((entry) => entry.t === "answered" && entry.nonce === "n-two");
  if (again?.t === "answered" && "ack" in again) {
    const { t, client, nonce, ack } = again;
    sample.log({ t: "sent", client, nonce, kind: "send_message", room: "lobby", token: "two" });
    sample.log({ t, client, nonce, ack: { ...ack, duplicate: true } });
  }
  message(sample, { client: "c2", user: "bim", order: 1, token: "three" });
  // Sending is reading.
  for (const member of sample.members) Object.assign(member, { read: member.user === "ada" ? 5 : 6 });
  sample.log({ t: "healed", client: "" });
  for (const [client, user] of people) {
    sample.log({ t: "welcomed", client, user, epoch: "one" });
    sample.log({ t: "based", client, feed: "lobby", seq: 6, fresh: false });
    sample.log({
      t: "shown",
      client,
      room: "lobby",
      state: "ready",
      above: 0,
      items: ["one", "two", "three"].map((text, index) => ({
        id: `e-lobby-${index + 4}`,
        seq: index + 4,
        nonce: `n-${text}`,
        state: "sent",
        text,
        deleted: false,
        reactions: {},
      })),
    });
    const [read, unread] = user === "ada" ? [5, 1] : [6, 0];
    sample.log({ t: "room_state", client: "", user, room: "lobby", head: 6, role: "member", read, unread });
    sample.log({
      t: "paged",
      client: "",
      user,
      room: "lobby",
      messages: ["one", "two", "three"].map((text, index) => ({
        id: `e-lobby-${index + 4}`,
        seq: index + 4,
        author: index < 2 ? "ada" : "bim",
        text,
        edited: false,
        deleted: false,
        reactions: {},
      })),
    });
  }
  return sample;
}

/** One message from the wish to the screen of both clients. */
export function message(
  sample: Sample,
  { client, user, order, token }: { client: string; user: string; order: number; token: string },
): void {
  const nonce = `n-${token}`;
  const kind = "send_message";
  const room = "lobby";
  sample.log({ t: "attempted", client, order, room, kind, token });
  sample.log({ t: "sent", client, nonce, kind, room, token });
  const { seq, id, at } = sample.store({ feed: room, actor: user, nonce, text: token });
  const placed = [{ feed: room, seq, id }];
  sample.nonces.push({ author: user, nonce, placed });
  sample.log({ t: "answered", client, nonce, ack: { events: placed, at, duplicate: false } });
  for (const reader of ["c1", "c2"]) {
    sample.log({
      t: "applied",
      client: reader,
      feed: room,
      seq,
      id,
      kind: "message_sent",
      nonce,
      actor: user,
    });
  }
}
