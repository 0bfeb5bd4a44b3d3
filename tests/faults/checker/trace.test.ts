import { expect, test } from "bun:test";
import { i9, readTrace } from "./trace.ts";

const write = (nonce: string) =>
  `12 1.0 pwrite64(11</d/parley.db-wal>, "\\r\\0 ${nonce} \\"text\\"", 4096, 24) = 4096`;
const sync = "12 1.1 fsync(11</d/parley.db-wal>) = 0";
const ack = (nonce: string) =>
  `10 1.2 sendto(15<socket:[1]>, "\\201~{\\"type\\":\\"ack\\",\\"acks\\":[{\\"nonce\\":\\"${nonce}\\"}]}", 9) = 9`;
const judge = (...lines: string[]) => i9(readTrace(lines.join("\n")), ["n1"]);

test("I9 is green when the log is written, synced, and then the ack leaves", () => {
  expect(judge(write("n1"), sync, ack("n1"))).toEqual([]);
});

test("I9 is green when another thread's line cuts the sync in two", () => {
  const cut = [
    "12 1.1 fsync(11</d/parley.db-wal> <unfinished ...>",
    '10 1.1 sendto(15<socket:[1]>, "ping") = 4',
  ];
  expect(judge(write("n1"), ...cut, "12 1.15 <... fsync resumed>) = 0", ack("n1"))).toEqual([]);
});

test("I9 is red when the ack leaves while the sync is under way", () => {
  const cut = "12 1.1 fsync(11</d/parley.db-wal> <unfinished ...>";
  expect(judge(write("n1"), cut, ack("n1"), "12 1.3 <... fsync resumed>) = 0")).toEqual([
    "I9: nonce n1 was acknowledged before the log was synced",
  ]);
});

test("I9 is red when the ack leaves before the sync, the write, or without either", () => {
  const early = "I9: nonce n1 was acknowledged before the log was synced";
  expect(judge(write("n1"), ack("n1"), sync)).toEqual([early]);
  expect(judge(sync, write("n1"), ack("n1"))).toEqual([early]);
  expect(judge(write("n1"), sync, write("n2"), ack("n1"))).toEqual([early]);
  expect(judge(ack("n1"), write("n1"), sync)).toEqual([
    "I9: nonce n1 was acknowledged before it was written to the log",
  ]);
  expect(judge(write("n1"), sync)).toEqual(["I9: the ack for nonce n1 was not seen on a socket"]);
});

test("I9 is red when the sync failed", () => {
  const failed = "12 1.1 fsync(11</d/parley.db-wal>) = -1 EIO (Input/output error)";
  expect(judge(write("n1"), failed, ack("n1"))[0]).toContain("the sync before the ack for nonce n1 failed");
});
