import { expect, test } from "bun:test";
import { fault } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { Verdict } from "../../store/store.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { ReadMarks } from "./read-marks.ts";

function setUp(verdict: Verdict = { placed: [], at: 1, duplicate: false }) {
  const clock = new FakeClock();
  const performed: string[] = [];
  const logged: object[] = [];
  let nonces = 0;
  const chat = {
    perform: async ({ actor, nonce, body }: Command) => {
      performed.push(body.kind === "mark_read" ? `${actor.id} ${body.room} ${body.seq} ${nonce}` : body.kind);
      return verdict;
    },
  };
  const log = {
    debug: (what: object) => void logged.push(what),
    info() {},
    warn() {},
    error() {},
    fatal() {},
  };
  const marks = new ReadMarks({ chat, newNonce: () => `n${++nonces}`, now: () => 5, timing: clock, log });
  const read = (user: string, room: string, seq: number) => marks.mark({ id: user, name: user }, room, seq);
  return { clock, marks, performed, logged, read };
}

test("SG-7 the first is stored at once, then the newest of each two seconds, for each user and room", () => {
  const { clock, marks, performed, read } = setUp();
  read("ada", "r", 3);
  read("ada", "r", 5);
  read("ada", "r", 4);
  read("ada", "s", 1);
  read("bim", "r", 2);
  expect(performed).toEqual(["ada r 3 n1", "ada s 1 n2", "bim r 2 n3"]);
  clock.advance(1_999);
  read("ada", "r", 9);
  expect(performed).toHaveLength(3);
  clock.advance(1);
  expect(performed.slice(3)).toEqual(["ada r 9 n4"]);
  clock.advance(2_000);
  expect([marks.size, clock.waiting, performed.length]).toEqual([0, 0, 4]);
});

test("SG-7 CM-19 a position beyond the head that is sent again is stored again after two seconds", () => {
  const { clock, performed, read } = setUp();
  read("ada", "r", 1_000_000);
  // The first was stored as the head of its moment; the second covers the messages since.
  read("ada", "r", 1_000_000);
  read("bim", "r", 1_000_000);
  read("bim", "r", 7);
  clock.advance(2_000);
  expect(performed.slice(2)).toEqual(["ada r 1000000 n3", "bim r 7 n4"]);
});

test("SG-7 waiting positions are stored when the server shuts down", () => {
  const { clock, marks, performed, read } = setUp();
  read("ada", "r", 3);
  read("bim", "r", 3);
  read("ada", "r", 4);
  marks.flush();
  expect(performed.slice(2)).toEqual(["ada r 4 n3"]);
  expect([marks.size, clock.waiting]).toEqual([0, 0]);
});

test("SG-7 a refusal only goes to the log", async () => {
  const { logged, read } = setUp(fault("no_such_room"));
  read("ada", "r", 3);
  await Promise.resolve();
  expect(logged).toEqual([{ user: "ada", room: "r", fault: "no_such_room" }]);
});

test("SG-7 FT-4 what a full disk refused is retried every two seconds, and no more once the server shuts down", async () => {
  const { clock, marks, performed, read } = setUp(fault("storage"));
  read("ada", "r", 3);
  for (let times = 2; times <= 4; times++) {
    await Promise.resolve();
    clock.advance(2_000);
    expect(performed).toHaveLength(times);
    expect(performed.at(-1)).toStartWith("ada r 3 ");
  }
  marks.flush();
  await Promise.resolve();
  expect([marks.size, clock.waiting]).toEqual([0, 0]);
});
