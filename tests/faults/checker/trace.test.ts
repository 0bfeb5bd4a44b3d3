import { expect, test } from "bun:test";
import { i9, readTrace } from "./trace.ts";

const N1 = "01900000-0a22-7000-8000-00000000005c";
const N2 = "01900000-0a22-7000-8000-000000000002";
/** Bytes as strace prints them: what is printable as it is, quotes and backslashes escaped, the rest in octal. */
const printed = (nonce: string) =>
  [...Buffer.from(nonce.replaceAll("-", ""), "hex")]
    .map((byte) => {
      if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
      if (byte === 0x0a) return "\\n";
      return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8)}`;
    })
    .join("");
const write = (nonce: string) =>
  `12 1.0 pwrite64(11</d/parley.db-wal>, "\\r\\0 ${printed(nonce)} \\"text\\"", 4096, 24) = 4096`;
const sync = "12 1.1 fsync(11</d/parley.db-wal>) = 0";
const ack = (nonce: string) =>
  `10 1.2 sendto(15<socket:[1]>, "\\201~{\\"type\\":\\"ack\\",\\"acks\\":[{\\"nonce\\":\\"${nonce}\\"}]}", 9) = 9`;
const judge = (...lines: string[]) => i9(readTrace(lines.join("\n")), [N1]);

test("I9 is green when the log is written, synced, and then the ack leaves", () => {
  expect(judge(write(N1), sync, ack(N1))).toEqual([]);
});

test("I9 is green when another thread's line cuts the sync in two", () => {
  const cut = [
    "12 1.1 fsync(11</d/parley.db-wal> <unfinished ...>",
    '10 1.1 sendto(15<socket:[1]>, "ping") = 4',
  ];
  expect(judge(write(N1), ...cut, "12 1.15 <... fsync resumed>) = 0", ack(N1))).toEqual([]);
});

test("I9 is red when the ack leaves while the sync is under way", () => {
  const cut = "12 1.1 fsync(11</d/parley.db-wal> <unfinished ...>";
  expect(judge(write(N1), cut, ack(N1), "12 1.3 <... fsync resumed>) = 0")).toEqual([
    `I9: nonce ${N1} was acknowledged before the log was synced`,
  ]);
});

test("I9 is red when the ack leaves before the sync, the write, or without either", () => {
  const early = `I9: nonce ${N1} was acknowledged before the log was synced`;
  expect(judge(write(N1), ack(N1), sync)).toEqual([early]);
  expect(judge(sync, write(N1), ack(N1))).toEqual([early]);
  expect(judge(write(N1), sync, write(N2), ack(N1))).toEqual([early]);
  expect(judge(write(N2), sync, ack(N1))).toEqual([
    `I9: nonce ${N1} was acknowledged before it was written to the log`,
  ]);
  expect(judge(ack(N1), write(N1), sync)).toEqual([
    `I9: nonce ${N1} was acknowledged before it was written to the log`,
  ]);
  expect(judge(write(N1), sync)).toEqual([`I9: the ack for nonce ${N1} was not seen on a socket`]);
});

test("I9 is red when the sync failed", () => {
  const failed = "12 1.1 fsync(11</d/parley.db-wal>) = -1 EIO (Input/output error)";
  expect(judge(write(N1), failed, ack(N1))[0]).toContain(`the sync before the ack for nonce ${N1} failed`);
});
