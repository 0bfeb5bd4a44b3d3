import { expect, test } from "bun:test";
import { clientAddress } from "./address.ts";

const rows: [forwarded: string | null, trusted: number, address: string][] = [
  // Nobody is trusted: the header is the client's own claim.
  [null, 0, "peer"],
  ["1.1.1.1", 0, "peer"],
  ["1.1.1.1", -1, "peer"],
  // One proxy: it wrote the last entry.
  [null, 1, "peer"],
  ["1.1.1.1", 1, "1.1.1.1"],
  ["9.9.9.9, 1.1.1.1", 1, "1.1.1.1"],
  // Two: the last entry is the inner proxy's peer, the one before it the client.
  ["9.9.9.9, 1.1.1.1, 2.2.2.2", 2, "1.1.1.1"],
  ["1.1.1.1,2.2.2.2", 2, "1.1.1.1"],
  // Fewer entries than proxies: the request did not come by all of them.
  ["1.1.1.1", 3, "1.1.1.1"],
  // As proxies write them.
  ["1.1.1.1:443", 1, "1.1.1.1"],
  ["[2001:db8::1]:443", 1, "2001:db8::1"],
  ["[2001:db8::1]", 1, "2001:db8::1"],
  ["2001:db8::1", 1, "2001:db8::1"],
  ["::ffff:1.1.1.1", 1, "1.1.1.1"],
  [" 1.1.1.1 ", 1, "1.1.1.1"],
  // No address at all.
  ["unknown", 1, "peer"],
  ["_hidden", 1, "peer"],
  ["", 1, "peer"],
  ["1.1.1.1,", 1, "peer"],
  ["999.1.1.1", 1, "peer"],
];
test.each(rows)("HT-7 %p behind %p", (forwarded, trusted, address) => {
  const headers = new Headers(forwarded === null ? {} : { "x-forwarded-for": forwarded });
  expect(clientAddress(headers, "peer", trusted)).toBe(address);
});
