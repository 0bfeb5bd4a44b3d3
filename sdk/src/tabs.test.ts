import { describe, expect, test } from "bun:test";
import { ClientHarness, ME } from "../testing/client-harness.ts";
import { SharedStorage, SimLocks } from "../testing/locks.ts";

const refusal = (nonce: string) => ({
  type: "fault",
  nonce,
  code: "message_deleted",
  text: "Not now.",
  advice: "never",
  final: true,
});
const ack = (request: number, nonce: string, seq: number) => ({
  type: "ack",
  acks: [{ request, nonce, events: [{ feed: "lobby", seq, id: `event ${seq}` }], at: seq }],
});
const texts = (harness: ClientHarness) =>
  harness.client
    .room("lobby")
    .timeline.get()
    .items.map(({ text, state }) => `${state} ${text}`);
const sent = (harness: ClientHarness) =>
  harness.socket.take("command").map((frame) => "text" in frame && frame.text);

/** Two refused messages in the outbox of a page that is still there, and a second page over the same storage. */
function twoTabs(locks?: SimLocks) {
  const storage = new SharedStorage();
  const page = () => new ClientHarness(locks ? { platform: { locks } } : {}, storage.page());
  const first = page();
  first.follow();
  const lobby = first.client.room("lobby");
  lobby.open();
  lobby.send("one");
  lobby.send("two");
  const [one, two] = first.socket.take("command");
  if (!one || !two) throw new Error("nothing was sent");
  return { storage, page, first, lobby, one, two };
}

describe.each([
  ["with locks", () => new SimLocks()],
  ["without locks", () => undefined],
])("two tabs over one outbox, %s", (_, make) => {
  test("P3 what one tab settles or discards, another one that loaded it before does not send", () => {
    const locks = make();
    const { first, page, lobby, one, two } = twoTabs(locks);
    first.socket.close(1006);
    // Loaded now, and not connected yet.
    const second = page();
    locks?.settle();
    first.clock.advance(10_000);
    first.follow();
    const [again] = first.socket.take("command");
    first.socket.say(ack(again?.request ?? 0, one.nonce, 1));
    first.socket.say(refusal(two.nonce));
    lobby.discard(two.nonce);
    second.follow();
    locks?.settle();
    expect(sent(second)).toEqual([]);
    expect(second.client.inspect().outbox).toBe(0);
  });

  test("a tab that follows the storage no longer shows what another one discarded", () => {
    const locks = make();
    const { storage, first, page, lobby, two } = twoTabs(locks);
    first.socket.say(refusal(two.nonce));
    const second = page();
    locks?.settle();
    second.client.room("lobby").open();
    lobby.discard(two.nonce);
    storage.deliver();
    expect(texts(second).filter((text) => text.endsWith("two"))).toEqual([]);
  });
});

test("one tab sends: another one takes over what it left only when it is gone", () => {
  const locks = new SimLocks();
  const { first, page } = twoTabs(locks);
  locks.settle();
  const [second, third] = [page(), page()];
  locks.settle();
  second.follow();
  third.follow();
  expect([sent(second), sent(third)]).toEqual([[], []]);
  first.client.stop();
  locks.settle();
  second.clock.advance(1);
  third.clock.advance(1);
  expect([sent(second), sent(third)]).toEqual([["one", "two"], []]);
  // The next one follows when that one is gone as well.
  second.client.stop();
  locks.settle();
  third.clock.advance(1);
  expect(sent(third)).toEqual(["one", "two"]);
});

test("all that is taken over is shown, also to a listener that reads the timeline at once", () => {
  const locks = new SimLocks();
  const { first, page } = twoTabs(locks);
  locks.settle();
  const second = page();
  second.follow();
  const { timeline } = second.client.room("lobby");
  timeline.subscribe(() => void timeline.get());
  timeline.get();
  first.client.stop();
  locks.settle();
  expect(timeline.get().items.map(({ text }) => text)).toEqual(["one", "two"]);
});

test("what a tab made after the others were loaded is taken over, too", () => {
  const locks = new SimLocks();
  const storage = new SharedStorage();
  const page = () => new ClientHarness({ platform: { locks } }, storage.page());
  const first = page();
  first.follow();
  const second = page();
  second.client.room("lobby").send("late");
  storage.deliver();
  locks.settle();
  expect(sent(first)).toEqual([]);
  second.client.stop();
  locks.settle();
  first.clock.advance(1);
  expect(sent(first)).toEqual(["late"]);
  expect(first.client.connection.get()).toEqual({ state: "live", user: { id: ME, name: "Me" } });
});

test("a client sends although the storage stores nothing", () => {
  const full = {
    keys: () => [],
    get: () => null,
    set: () => {
      throw new Error("full");
    },
    delete() {},
  };
  const harness = new ClientHarness({}, full);
  harness.follow();
  harness.client.room("lobby").send("unsaved");
  expect(sent(harness)).toEqual(["unsaved"]);
});
