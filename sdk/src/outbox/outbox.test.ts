import { describe, expect, test } from "bun:test";
import type { CommandBody } from "@parley/protocol";
import { Chance } from "../../testing/random.ts";
import { BACKOFF } from "../base/backoff.ts";
import { uuidMaker } from "../base/ids.ts";
import { type KeyValue, memoryKeyValue } from "../base/platform.ts";
import { type CommandFault, createOutbox, type Outbox } from "./outbox.ts";

const ROOM = "lobby";
const NOW = 1_000;
const message = (text: string, room = ROOM): CommandBody => ({ kind: "send_message", room, text });
const fault = (code: string, final: boolean, retryAfter = 0): CommandFault => ({
  code,
  text: `${code}.`,
  final,
  retryAfter,
});

/** Other random bytes for each outbox, the same in each run. */
let seed = 0;

function make(storage: KeyValue = memoryKeyValue(), clock = () => 1_700_000_000_000): Outbox {
  const nonces = uuidMaker({ now: clock, randomBytes: new Chance(++seed).bytes });
  return createOutbox({ scope: "ada", storage, nonces, now: clock });
}
const textOf = ({ body }: { body: CommandBody }) => (body.kind === "send_message" ? body.text : body.kind);
const taken = (outbox: Outbox, now = NOW) => outbox.take(now).map(textOf);
const shown = (outbox: Outbox) => outbox.items(ROOM).map((item) => `${textOf(item)} ${item.state}`);
/** Puts these texts in and returns their nonces. */
const fill = (outbox: Outbox, ...texts: string[]) => texts.map((text) => outbox.add(message(text)).nonce);

describe("storage", () => {
  test("CM-1 a command is stored before it can be sent, and gone when it was answered", () => {
    const storage = memoryKeyValue();
    const outbox = make(storage);
    const [nonce] = fill(outbox, "one");
    expect(storage.keys()).toEqual([`parley.outbox.ada.${nonce}`]);
    expect(taken(outbox)).toEqual(["one"]);
    outbox.answered(nonce!);
    expect(storage.keys()).toEqual([]);
    expect(outbox.size).toBe(0);
  });

  test("CM-1 a reload finds every command, in order, with its nonce, also what was in flight", () => {
    const storage = memoryKeyValue();
    const before = make(storage);
    const nonces = fill(before, "one", "two", "three");
    before.take(NOW);
    before.answered(nonces[0]!);
    const after = make(storage);
    expect(after.take(NOW).map(({ nonce }) => nonce)).toEqual([nonces[1]!, nonces[2]!]);
  });

  test("what is added after a reload comes behind, also when the clock went back", () => {
    const storage = memoryKeyValue();
    fill(make(storage), "one", "two");
    fill(
      make(storage, () => 1_600_000_000_000),
      "three",
    );
    expect(taken(make(storage))).toEqual(["one", "two", "three"]);
  });

  test("a failed message survives a reload as failed and is not sent", () => {
    const storage = memoryKeyValue();
    const before = make(storage);
    const [nonce] = fill(before, "one");
    before.take(NOW);
    before.refused(nonce!, fault("not_a_member", true), NOW, 0);
    const after = make(storage);
    expect(shown(after)).toEqual(["one failed"]);
    expect(after.items(ROOM)[0]?.failure).toEqual({ code: "not_a_member", text: "not_a_member." });
    expect(taken(after)).toEqual([]);
  });

  test("what is broken, of another version or of another user is left alone", () => {
    const storage = memoryKeyValue();
    const [nonce] = fill(make(storage), "one");
    const others = {
      "parley.outbox.ada.no-nonce": "{}",
      "parley.outbox.bob.01890000-0000-7000-8000-000000000000": '{"v":1,"body":{"kind":"x","room":"lobby"}}',
      "parley.outbox.ada.01890000-0000-7000-8000-000000000001": "not json",
      "parley.outbox.ada.01890000-0000-7000-8000-000000000002": '{"v":2,"body":{"kind":"x","room":"lobby"}}',
    };
    for (const [key, value] of Object.entries(others)) storage.set(key, value);
    expect(
      make(storage)
        .items(ROOM)
        .map((item) => item.nonce),
    ).toEqual([nonce!]);
    expect(storage.keys()).toHaveLength(5);
  });

  test("a client sends although the storage is full", () => {
    const full = {
      ...memoryKeyValue(),
      set: () => {
        throw new Error("full");
      },
    };
    const outbox = make(full);
    fill(outbox, "one");
    expect(taken(outbox)).toEqual(["one"]);
  });
});

describe("P5 order", () => {
  test("P5 several fly at once, in order for each room, up to a window", () => {
    const outbox = make();
    fill(outbox, ...Array.from({ length: 40 }, (_, index) => `${index}`));
    outbox.add(message("elsewhere", "direct.a.b"));
    const first = taken(outbox);
    expect(first.at(-1)).toBe("elsewhere");
    expect(first.slice(0, -1)).toEqual(Array.from({ length: first.length - 1 }, (_, index) => `${index}`));
    expect(first.length).toBeLessThan(40);
    expect(taken(outbox)).toEqual([]);
  });

  test("CM-7 after a fault that is not final nothing new passes until all in flight is answered, then all go again", () => {
    const outbox = make();
    const [one, two, three] = fill(outbox, "one", "two", "three");
    outbox.take(NOW);
    expect(outbox.refused(one!, fault("internal", false), NOW, 0)).toMatchObject({
      outcome: "postponed",
      stuck: false,
    });
    fill(outbox, "four");
    expect(taken(outbox)).toEqual([]);
    outbox.refused(two!, fault("held", false), NOW, 0);
    expect(taken(outbox)).toEqual([]);
    outbox.refused(three!, fault("held", false), NOW, 0);
    const again = outbox.take(NOW);
    expect(again.map(({ nonce }) => nonce)).toEqual([one!]);
    outbox.answered(one!);
    expect(taken(outbox)).toEqual(["two", "three"]);
    outbox.answered(two!);
    outbox.answered(three!);
    expect(taken(outbox)).toEqual(["four"]);
  });

  test("CM-7 an answer to an earlier one does not let anything pass behind a refused one", () => {
    const outbox = make();
    const [one, two, three] = fill(outbox, "one", "two", "three");
    outbox.take(NOW);
    outbox.refused(two!, fault("rate_limited", false), NOW, 0);
    outbox.answered(one!);
    fill(outbox, "four");
    expect(taken(outbox)).toEqual([]);
    outbox.refused(three!, fault("held", false), NOW, 0);
    expect(taken(outbox)).toEqual(["two", "three"]);
  });

  test("FT-2 a command keeps its nonce until a final answer", () => {
    const outbox = make();
    const [nonce] = fill(outbox, "one");
    for (const code of ["internal", "storage", "draining"]) {
      expect(outbox.take(NOW).map((item) => item.nonce)).toEqual([nonce!]);
      outbox.refused(nonce!, fault(code, false), NOW, 0);
    }
    outbox.take(NOW);
    outbox.disconnected();
    expect(outbox.take(NOW).map((item) => item.nonce)).toEqual([nonce!]);
  });

  test("LM-4 waits for retry_after, with jitter", () => {
    const outbox = make();
    const [nonce] = fill(outbox, "one");
    outbox.take(NOW);
    outbox.refused(nonce!, fault("rate_limited", false, 900), NOW, 0.5);
    const due = NOW + 900 + Math.floor(0.5 * (BACKOFF.base + 1));
    expect(outbox.nextAt()).toBe(due);
    expect(taken(outbox, due - 1)).toEqual([]);
    expect(taken(outbox, due)).toEqual(["one"]);
    expect(outbox.nextAt()).toBeNull();
  });

  test("a final fault fails the one, and the others go on", () => {
    const outbox = make();
    const [one] = fill(outbox, "one", "two");
    outbox.take(NOW);
    expect(outbox.refused(one!, fault("not_a_member", true), NOW, 0).outcome).toBe("failed");
    expect(shown(outbox)).toEqual(["one failed", "two flying"]);
    fill(outbox, "three");
    expect(taken(outbox)).toEqual(["three"]);
    expect(outbox.size).toBe(2);
  });

  test("on the next connection all that was not answered goes again, oldest first", () => {
    const outbox = make();
    const nonces = fill(outbox, "one", "two", "three");
    outbox.take(NOW);
    outbox.answered(nonces[1]!);
    outbox.disconnected();
    expect(taken(outbox)).toEqual(["one", "three"]);
  });

  test("CM-7 held by something unknown is a dead end that only another connection leaves", () => {
    const outbox = make();
    const [one] = fill(outbox, "one");
    outbox.take(NOW);
    expect(outbox.refused(one!, fault("held", false), NOW, 0)).toMatchObject({ stuck: true });
  });

  test("CM-7 answers come out of order: the earliest refused one is what the server waits for", () => {
    const outbox = make();
    const [one, two] = fill(outbox, "one", "two");
    outbox.take(NOW);
    outbox.refused(two!, fault("rate_limited", false), NOW, 0);
    outbox.refused(one!, fault("internal", false), NOW, 0);
    expect(outbox.discard(one!)?.skip).toBe(true);
  });

  test("an answer to what is not in flight changes nothing", () => {
    const outbox = make();
    const [nonce] = fill(outbox, "one");
    expect(outbox.refused(nonce!, fault("internal", true), NOW, 0).outcome).toBe("unknown");
    expect(outbox.refused("unknown", fault("internal", true), NOW, 0).outcome).toBe("unknown");
    expect(outbox.answered("unknown")).toBeNull();
    expect(shown(outbox)).toEqual(["one queued"]);
  });
});

describe("a person decides", () => {
  test("FT-2 a retry is a new nonce at the end, stored before the old one goes", () => {
    const storage = memoryKeyValue();
    const outbox = make(storage);
    const [one] = fill(outbox, "one", "two");
    outbox.take(NOW);
    outbox.refused(one!, fault("not_a_member", true), NOW, 0);
    const again = outbox.retry(one!);
    expect(again?.nonce).not.toBe(one!);
    expect(shown(outbox)).toEqual(["two flying", "one queued"]);
    expect(storage.keys()).not.toContain(`parley.outbox.ada.${one}`);
    expect(outbox.retry(again!.nonce)).toBeNull();
  });

  test("CM-7 discarding the item that holds the room asks for a skip; an item in flight cannot be discarded", () => {
    const outbox = make();
    const [one, two] = fill(outbox, "one", "two");
    outbox.take(NOW);
    expect(outbox.discard(one!)).toBeNull();
    outbox.refused(one!, fault("storage", false, 60_000), NOW, 0);
    outbox.refused(two!, fault("held", false), NOW, 0);
    expect(outbox.discard(one!)).toMatchObject({ skip: true });
    expect(shown(outbox)).toEqual(["two queued"]);
  });

  test("other commands than messages leave nothing behind when they fail", () => {
    const storage = memoryKeyValue();
    const outbox = make(storage);
    const { nonce } = outbox.add({ kind: "join_room", room: ROOM });
    outbox.take(NOW);
    expect(outbox.refused(nonce, fault("no_such_room", true), NOW, 0)).toMatchObject({
      outcome: "failed",
      item: { failure: { code: "no_such_room" } },
    });
    expect(storage.keys()).toEqual([]);
    expect(outbox.items(ROOM)).toEqual([]);
  });
});
