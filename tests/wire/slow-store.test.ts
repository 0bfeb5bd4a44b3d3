import { expect, test } from "bun:test";
import type { Store } from "@parley/server/store/store.ts";
import { newNonce, startTestServer, WireClient } from "../support/test-server.ts";

/** A store that answers a moment later than it reads, as one behind a network does. */
function slowStore() {
  type Method = "after" | "feedsOf";
  const holds = new Map<Method, { readonly read: () => void; readonly free: Promise<void> }>();
  const delayed = async <T>(method: Method, answer: Promise<T>): Promise<T> => {
    const found = await answer;
    const held = holds.get(method);
    holds.delete(method);
    held?.read();
    await held?.free;
    return found;
  };
  const store = (real: Store): Store => ({
    ...real,
    after: (...asked) => delayed("after", real.after(...asked)),
    feedsOf: (...asked) => delayed("feedsOf", real.feedsOf(...asked)),
  });
  /** The next answer waits until it is let go; `read` settles when it has been read. */
  const holdNext = (method: Method = "after") => {
    const free = Promise.withResolvers<void>();
    const read = new Promise<void>((resolve) => {
      holds.set(method, { read: resolve, free: free.promise });
    });
    return { read, letGo: () => free.resolve() };
  };
  return { store, holdNext };
}

test("EV-6 a page read before a deletion is not sent to a session that resumes after it", async () => {
  const { store, holdNext } = slowStore();
  const server = await startTestServer([], { store });
  try {
    const owner = new WireClient(server);
    const { epoch } = await owner.join("Ada");
    const room = newNonce();
    await owner.command({ kind: "create_room", room, room_kind: "private", name: "Secrets" });
    // More than a ring holds, and no more than one page of a replay.
    const last = 293;
    const nonces = Array.from({ length: last - 2 }, newNonce);
    await Promise.all(
      nonces.map((nonce, i) =>
        owner.command({ kind: "send_message", room, text: i === 280 ? "the password" : `${i}` }, nonce),
      ),
    );
    await owner.event(room, ({ seq }) => seq === last);
    const idOf = (seq: number) => owner.events(room).find((event) => event.seq === seq)?.id ?? "";

    const away = new WireClient(server, owner.token);
    await away.hello();
    const held = holdNext();
    await away.resume(epoch, [{ feed: room, seq: 3, id: idOf(3) }]);
    await held.read;
    await owner.command({ kind: "delete_message", room, message: nonces[280] ?? "" });
    await owner.event(room, ({ kind }) => kind === "message_deleted");
    held.letGo();
    await away.event(room, ({ kind }) => kind === "message_deleted");

    const next = new WireClient(server, owner.token);
    await next.hello();
    await next.resume(epoch, [{ feed: room, seq: 200, id: idOf(200) }]);
    await next.event(room, ({ kind }) => kind === "message_deleted");
    expect(next.events(room).find(({ seq }) => seq === 283)).toMatchObject({ text: "", redacted: true });
  } finally {
    await server.end();
  }
});

test("EV-5 a session that loses a room while `after` is read gets no event of it after `gone`", async () => {
  const { store, holdNext } = slowStore();
  const server = await startTestServer([], { store });
  try {
    const [ada, bim] = [new WireClient(server), new WireClient(server)];
    await ada.join("Ada");
    const { user } = await bim.join("Bim");
    const room = newNonce();
    await ada.command({ kind: "create_room", room, room_kind: "private", name: "Secrets" });
    await ada.command({ kind: "invite_member", room, user: user.id });
    for (const text of ["one", "two", "three"]) await ada.command({ kind: "send_message", room, text });
    await bim.event(room, ({ seq }) => seq === 6);
    const held = holdNext();
    await bim.send({ type: "after", feed: room, seq: 3, limit: 1 });
    await held.read;
    await ada.command({ kind: "remove_member", room, user: user.id });
    const gone = await bim.next("feeds", ({ feeds }) => feeds.some(({ state }) => state === "gone"));
    held.letGo();
    await bim.settled();
    const behind = bim.frames.slice(bim.frames.indexOf(gone));
    expect(behind.filter((frame) => frame.type === "events" && frame.feed === room)).toEqual([]);
  } finally {
    await server.end();
  }
});

test("RS-8 a room that is gained while the list of feeds is read is live after the welcome", async () => {
  const { store, holdNext } = slowStore();
  const server = await startTestServer([], { store });
  try {
    const [ada, bim] = [new WireClient(server), new WireClient(server)];
    await ada.join("Ada");
    const { user } = await bim.join("Bim");
    const room = newNonce();
    await ada.command({ kind: "create_room", room, room_kind: "private", name: "Secrets" });
    const held = holdNext("feedsOf");
    const other = new WireClient(server, bim.token);
    const welcomed = other.hello();
    await held.read;
    await ada.command({ kind: "invite_member", room, user: user.id });
    // The invitation has reached the sessions of this user.
    await bim.next("feeds", ({ feeds }) => feeds.some(({ feed }) => feed === room));
    held.letGo();
    expect((await welcomed).feeds.map(({ feed }) => feed)).not.toContain(room);
    const gained = await other.next("feeds", ({ feeds }) => feeds.some(({ feed }) => feed === room));
    expect(gained.feeds).toMatchObject([{ feed: room, state: "live" }]);
    await ada.command({ kind: "send_message", room, text: "welcome" });
    await other.event(room, (event) => event.kind === "message_sent" && event.text === "welcome");
  } finally {
    await server.end();
  }
});
