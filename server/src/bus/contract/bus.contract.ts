import { afterEach, describe, expect, test } from "bun:test";
import { type FeedId, toWire, userFeed, type WireEvent } from "@parley/protocol";
import type { Bus, Published, Signal } from "../bus.ts";
import type { TransportFaults } from "./faulty-transport.ts";

export const EPOCH = "00000000-0000-4000-8000-00000000e0c4";

export type OpenedBuses = {
  /** As many as were asked for, each connected. */
  readonly buses: readonly Bus[];
  end(): Promise<void>;
};

/** Opens the buses of several nodes that reach each other, with faults between them; null: without. */
export type OpenBuses = (count: number, faults: TransportFaults | null) => Promise<OpenedBuses>;

const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`;

export function textEvent(seq: number, text = "héllo 🙂 \u2028 <&>\n"): WireEvent {
  return toWire({
    seq,
    id: uuid(seq),
    kind: "message_sent",
    actor: uuid(1),
    name: "Ada Lovelace",
    at: 1,
    nonce: uuid(2),
    text,
    mentions: [],
  } as unknown as Parameters<typeof toWire>[0]);
}

const typing = (room: string): Signal => ({
  kind: "typing",
  epoch: EPOCH,
  room,
  user: { id: uuid(1), name: "Ada" },
  on: true,
});

/** Waits for what a listener notes: each turn of the loop looks again. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What one bus heard. */
function listenTo(bus: Bus) {
  const heard = {
    events: [] as { feed: FeedId; seqs: number[]; own: boolean }[],
    texts: [] as string[],
    signals: [] as string[],
    gaps: [] as { reason: string; concerns: (feed: FeedId) => boolean }[],
  };
  bus.subscribe(({ feed, events }: Published, own) => {
    heard.events.push({ feed, seqs: events.map(({ seq }) => seq), own });
    heard.texts.push(...events.map(({ text }) => text));
  });
  bus.onSignal((signal) => heard.signals.push(signal.kind === "typing" ? signal.room : signal.kind));
  bus.onGap((gap) => heard.gaps.push(gap));
  return heard;
}

/** The promises of a bus between nodes. Written against `Bus` alone. */
export function busContract(name: string, open: OpenBuses): void {
  const opened: OpenedBuses[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.end();
  });
  async function setUp(count: number, faults: TransportFaults | null = null) {
    const all = await open(count, faults);
    opened.push(all);
    const buses = all.buses as readonly [Bus, Bus, ...Bus[]];
    return {
      buses,
      heard: buses.map(listenTo) as [ReturnType<typeof listenTo>, ...ReturnType<typeof listenTo>[]],
    };
  }
  const publish = (bus: Bus, feed: FeedId, ...events: WireEvent[]) =>
    bus.publish({ epoch: EPOCH, feed, events });

  describe(`bus on ${name}`, () => {
    test("the own node is told before the call returns, and only once", async () => {
      const { buses, heard } = await setUp(2);
      const [one, two] = buses;
      for (const bus of buses) bus.follow("lobby");
      publish(one, "lobby", textEvent(1));
      expect(heard[0].events).toEqual([{ feed: "lobby", seqs: [1], own: true }]);
      one.signal(typing("lobby"), { room: "lobby" });
      expect(heard[0].signals).toEqual(["lobby"]);
      // Its echo would come before what the other one answers.
      await until(() => heard[1]?.signals.length === 1);
      publish(two, "lobby", textEvent(2));
      two.signal(typing("second"), "all");
      await until(() => heard[0].signals.includes("second"));
      expect(heard[0].events.map(({ seqs, own }) => [...seqs, own])).toEqual([
        [1, true],
        [2, false],
      ]);
      expect(heard[0].signals).toEqual(["lobby", "second"]);
    });

    test("every node that follows a feed hears its events: the same text, in order", async () => {
      const { buses, heard } = await setUp(3);
      for (const bus of buses) bus.follow("lobby");
      const long = textEvent(3, "long 🙂".repeat(60_000));
      publish(buses[0], "lobby", textEvent(1), textEvent(2));
      publish(buses[0], "lobby", long);
      publish(buses[0], "lobby", textEvent(4, "   E lobby 1 1\nS {}"));
      for (const other of heard.slice(1)) {
        await until(() => other.texts.length === 4);
        expect(other.texts).toEqual(heard[0].texts);
        expect(other.events.flatMap(({ seqs }) => seqs)).toEqual([1, 2, 3, 4]);
        expect(other.events.every(({ own, feed }) => !own && feed === "lobby")).toBe(true);
      }
    });

    test("signals reach the nodes that follow the room, those that follow the user, one node, and all", async () => {
      const { buses, heard } = await setUp(3);
      const [one, two] = buses;
      two.follow("room");
      two.follow(userFeed("ada"));
      one.signal(typing("by room"), { room: "room" });
      one.signal(typing("by user"), { user: "ada" });
      one.signal(typing("to all"), "all");
      one.signal(typing("to one"), { node: two.node });
      await until(() => heard[1]?.signals.length === 4);
      expect(heard[1]?.signals.sort()).toEqual(["by room", "by user", "to all", "to one"]);
      expect(heard[2]?.signals).not.toContain("to one");
    });

    test("an error in one listener does not affect the others", async () => {
      const { buses } = await setUp(2);
      const [one, two] = buses;
      two.follow("lobby");
      let received = 0;
      two.subscribe(() => {
        throw new Error("injected");
      });
      two.subscribe(() => void received++);
      publish(one, "lobby", textEvent(1));
      await until(() => received === 1);
      expect(two.counts.refused).toBe(0);
    });

    test("messages of another epoch are not delivered", async () => {
      const { buses, heard } = await setUp(2);
      const [one, two] = buses;
      two.follow("lobby");
      one.publish({ epoch: "another", feed: "lobby", events: [textEvent(1)] });
      publish(one, "lobby", textEvent(2));
      await until(() => (heard[1]?.events.flatMap(({ seqs }) => seqs) ?? []).includes(2));
      expect(heard[1]?.events.flatMap(({ seqs }) => seqs)).toEqual([2]);
    });

    test("after its close a bus is silent", async () => {
      const { buses, heard } = await setUp(2);
      const [one, two] = buses;
      two.follow("lobby");
      await one.close();
      publish(one, "lobby", textEvent(1));
      publish(two, "lobby", textEvent(2));
      await one.close();
      expect(heard[0].events).toEqual([]);
      expect(heard[1]?.events.map(({ seqs }) => seqs)).toEqual([[2]]);
    });

    test.each([1, 2, 3])(
      "what is lost is reported by a gap, and what is repeated or late is heard (%i)",
      async (seed) => {
        const faults = { drop: 0.2, repeat: 0.2, late: 0.2, random: sequence(seed) };
        const { buses, heard } = await setUp(2, faults);
        const [one, two] = buses;
        const feeds = Array.from({ length: 40 }, (_, i) => `room-${i}`);
        for (const feed of feeds) two.follow(feed);
        const other = heard[1] as ReturnType<typeof listenTo>;
        // The first message of each feed is heard: the ones after it can then be missed.
        Object.assign(faults, { drop: 0, repeat: 0, late: 0 });
        for (const feed of feeds) publish(one, feed, textEvent(1));
        await until(() => other.events.length === feeds.length);
        const gapsBefore = other.gaps.length;
        Object.assign(faults, { drop: 0.2, repeat: 0.2, late: 0.2 });
        for (let seq = 2; seq <= 20; seq++) {
          for (const feed of feeds) publish(one, feed, textEvent(seq));
          await new Promise((resolve) => setImmediate(resolve));
        }
        // One that arrives in each feed shows what was lost before.
        Object.assign(faults, { drop: 0, repeat: 0, late: 0 });
        for (const feed of feeds) publish(one, feed, textEvent(21));
        const seqsOf = (feed: string) =>
          new Set(other.events.filter((each) => each.feed === feed).flatMap(({ seqs }) => seqs));
        await until(() => feeds.every((feed) => seqsOf(feed).has(21)));
        const gaps = other.gaps.slice(gapsBefore);
        let lost = 0;
        for (const feed of feeds) {
          if (seqsOf(feed).size === 21) continue;
          lost++;
          expect(gaps.some(({ concerns }) => concerns(feed))).toBe(true);
        }
        expect(lost).toBeGreaterThan(0);
        expect(two.counts.gaps.hole).toBe(gaps.filter(({ reason }) => reason === "hole").length);
      },
    );
  });
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
