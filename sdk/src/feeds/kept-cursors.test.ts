import { describe, expect, test } from "bun:test";
import { type FeedEvent, userFeed } from "@parley/protocol";
import { ClientHarness, feed, ME, OTHER, sentEvent, welcome } from "../../testing/client-harness.ts";
import { type KeyValue, memoryKeyValue } from "../base/platform.ts";
import type { ClientOptions } from "../client.ts";

const OWN = userFeed(ME);

/** A process over the storage of the one before. */
function bot(storage: KeyValue, options: Partial<ClientOptions> = {}) {
  const applied: string[] = [];
  const placed: string[] = [];
  const harness = new ClientHarness(
    {
      cursors: "keep",
      onApplied: (feed, events) => applied.push(...events.map(({ seq }) => `${feed} ${seq}`)),
      onPlaced: (feed, seq) => placed.push(`${feed} ${seq}`),
      ...options,
      platform: { storage, ...options.platform },
    },
    storage,
  );
  const events = (feed: string, ...events: FeedEvent[]) =>
    harness.socket.say({ type: "events", feed, events });
  return { harness, applied, placed, events };
}

function begin({ harness }: ReturnType<typeof bot>, lobby: number, own = 1, ...more: [string, number][]) {
  harness.client.start();
  harness.socket.open();
  const feeds = [["lobby", lobby], [OWN, own], ...more] as [string, number][];
  harness.socket.say(welcome(feeds.map(([id, head]) => feed(id, "listed", head))));
  return harness.socket.take("resume").flatMap(({ cursors }) => cursors);
}

const roomAdded = (seq: number, room: string, room_seq: number): FeedEvent => ({
  ...{ seq, id: `own ${seq}`, actor: OTHER, name: "Other", at: seq, nonce: `nonce ${seq}` },
  ...{ kind: "room_added", room, room_seq },
});

/** A process that has followed the lobby up to 5. */
function ended(storage: KeyValue): void {
  const first = bot(storage);
  begin(first, 4);
  first.harness.socket.say({ type: "feeds", feeds: [feed("lobby", "live", 4), feed(OWN, "live", 1)] });
  first.events("lobby", sentEvent(5, "five"));
  expect(first.placed).toEqual(["lobby 4", `${OWN} 1`]);
}

describe("P2 cursors that are kept", () => {
  test("another process resumes from them, and gets what it missed once and in order", () => {
    const storage = memoryKeyValue();
    ended(storage);
    const second = bot(storage);
    expect(begin(second, 7)).toEqual([
      { feed: "lobby", seq: 5, id: "event 5" },
      { feed: OWN, seq: 1, id: "event 1" },
    ]);
    second.harness.socket.say({ type: "feeds", feeds: [feed("lobby", "replay", 7), feed(OWN, "live", 1)] });
    second.events("lobby", sentEvent(6, "six"), sentEvent(7, "seven"));
    second.events("lobby", sentEvent(7, "seven"), sentEvent(8, "eight"));
    expect(second.applied).toEqual(["lobby 6", "lobby 7", "lobby 8"]);
    expect(second.placed).toEqual([]);
  });

  test("far behind is no reason to begin anew", () => {
    const storage = memoryKeyValue();
    ended(storage);
    expect(begin(bot(storage), 50_000)).toContainEqual({ feed: "lobby", seq: 5, id: "event 5" });
  });

  test("without it a new process begins at the newest events", () => {
    const storage = memoryKeyValue();
    ended(storage);
    expect(begin(bot(storage, { cursors: "memory" }), 7)).toEqual([{ feed: "lobby" }, { feed: OWN }]);
  });

  test("P6 another epoch begins anew and reports it", () => {
    const storage = memoryKeyValue();
    ended(storage);
    const second = bot(storage);
    second.harness.live(3, "another");
    expect(second.harness.socket.take("resume")).toMatchObject([
      { epoch: "another", cursors: [{ feed: "lobby" }, { feed: OWN }] },
    ]);
    second.harness.socket.say({ type: "feeds", feeds: [feed("lobby", "live", 3), feed(OWN, "live", 1)] });
    expect(second.placed).toEqual(["lobby 3", `${OWN} 1`]);
  });

  test("a room that was gained meanwhile is followed from there", () => {
    const storage = memoryKeyValue();
    ended(storage);
    const second = bot(storage);
    // The private feed says since when the user is a member: the room waits for that.
    expect(begin(second, 5, 2, ["club", 9]).map(({ feed }) => feed)).toEqual(["lobby", OWN]);
    second.harness.socket.say({ type: "feeds", feeds: [feed("lobby", "live", 5), feed(OWN, "replay", 2)] });
    second.events(OWN, roomAdded(2, "club", 7));
    expect(second.harness.socket.take("resume")).toMatchObject([{ cursors: [{ feed: "club" }] }]);
    second.harness.socket.say({ type: "feeds", feeds: [feed("club", "live", 9)] });
    expect(second.harness.socket.take("after")).toMatchObject([{ feed: "club", seq: 7 }]);
    // Another process in between changes nothing.
    const third = bot(storage);
    expect(begin(third, 5, 2, ["club", 9])).toContainEqual({ feed: "club" });
    third.harness.socket.say({ type: "feeds", feeds: [feed("club", "live", 9)] });
    expect(third.harness.socket.take("after")).toMatchObject([{ feed: "club", seq: 7 }]);
    third.events("club", sentEvent(8, "eight"), sentEvent(9, "nine"));
    expect(third.applied).toEqual(["club 8", "club 9"]);
    expect(begin(bot(storage), 5, 2, ["club", 9])).toContainEqual({ feed: "club", seq: 9, id: "event 9" });
  });

  test("the cursor of a room that is gone goes", () => {
    const storage = memoryKeyValue();
    ended(storage);
    const second = bot(storage);
    second.harness.client.start();
    second.harness.socket.open();
    second.harness.socket.say(welcome([feed(OWN, "listed", 1)]));
    expect(storage.keys().filter((key) => key.startsWith("parley.cursor."))).toHaveLength(1);
  });
});

describe("P3 a hook and its cursor are one transaction", () => {
  /** As a file storage: nothing of a transaction that throws is kept. */
  function transactional(): KeyValue & { writes: number } {
    const inner = memoryKeyValue();
    return {
      ...inner,
      writes: 0,
      transaction(run) {
        const before = inner.keys().map((key) => [key, inner.get(key) ?? ""] as const);
        try {
          run();
          this.writes++;
        } catch (error) {
          for (const key of inner.keys()) inner.delete(key);
          for (const [key, value] of before) inner.set(key, value);
          throw error;
        }
      },
    };
  }

  test("a hook that throws stops the client; the next process gets the events again, and sends once", () => {
    const storage = transactional();
    ended(storage);
    const replying = (fails: boolean) => {
      const second = bot(storage, {
        onApplied: () => {
          second.harness.client.room("lobby").send("reply");
          if (fails) throw new Error("the hook failed");
        },
      });
      begin(second, 6);
      second.harness.socket.say({ type: "feeds", feeds: [feed("lobby", "replay", 6), feed(OWN, "live", 1)] });
      return second;
    };
    const failing = replying(true);
    expect(() => failing.events("lobby", sentEvent(6, "six"))).toThrow("the hook failed");
    expect(failing.harness.socket.take("command")).toEqual([]);
    expect(failing.harness.client.connection.get().state).toBe("stopped");
    expect(() => failing.harness.client.start()).toThrow("the hook failed");
    const next = replying(false);
    expect(next.harness.socket.take("command")).toEqual([]);
    next.events("lobby", sentEvent(6, "six"));
    expect(next.harness.socket.take("command")).toMatchObject([{ text: "reply" }]);
  });

  test("what a hook sends leaves after it is stored", () => {
    const storage = transactional();
    const first = bot(storage, {
      onApplied: () => {
        first.harness.client.room("lobby").send("reply");
        expect(first.harness.socket.sent.filter(({ type }) => type === "command")).toEqual([]);
      },
    });
    first.harness.follow(4);
    const before = storage.writes;
    first.events("lobby", sentEvent(5, "five"));
    expect(storage.writes).toBe(before + 1);
    expect(first.harness.socket.take("command")).toMatchObject([{ text: "reply" }]);
  });
});

test("cursors cannot be kept where no storage outlives the process", async () => {
  const { createClient } = await import("../create-client.ts");
  const keep = () => createClient({ url: "http://localhost", token: "t".repeat(43), cursors: "keep" });
  expect(keep).toThrow(expect.objectContaining({ code: "no_storage" }));
});
