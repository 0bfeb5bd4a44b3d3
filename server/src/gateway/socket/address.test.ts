import { expect, test } from "bun:test";
import { clientAddress, clientAddresses, parseNetwork } from "./address.ts";

const rows: [forwarded: string | null, trusted: number, address: string][] = [
  // No proxy is trusted: the header is the client's own claim.
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

const networks = ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32"];
const byNetwork: [peer: string, forwarded: string | null, address: string][] = [
  // Straight to the port, not through the proxy: the client's own header does not count.
  ["203.0.113.9", "1.1.1.1", "203.0.113.9"],
  ["203.0.113.9", "1.1.1.1, 10.0.0.1", "203.0.113.9"],
  ["127.0.0.1", null, "127.0.0.1"],
  ["127.0.0.1", "1.1.1.1", "1.1.1.1"],
  ["::ffff:127.0.0.1", "1.1.1.1", "1.1.1.1"],
  ["::1", "9.9.9.9, 1.1.1.1", "1.1.1.1"],
  // As many proxies as there are.
  ["10.1.2.3", "9.9.9.9, 1.1.1.1, 10.9.9.9, 2001:db8::7", "1.1.1.1"],
  ["10.1.2.3", "10.4.4.4, 10.5.5.5", "10.4.4.4"],
  ["10.1.2.3", "1.1.1.1, unknown", "10.1.2.3"],
  ["10.1.2.3", "unknown, 10.5.5.5", "10.5.5.5"],
  ["10.1.2.3", "1.1.1.1, [2001:db8::7]:443", "1.1.1.1"],
];
test.each(byNetwork)("HT-7 of %p with the header %p", (peer, forwarded, address) => {
  const headers = new Headers(forwarded === null ? {} : { "x-forwarded-for": forwarded });
  expect(clientAddresses({ networks, count: 0 })(headers, peer)).toBe(address);
});

test("networks are addresses or CIDR", () => {
  expect(parseNetwork("10.0.0.0/8")).toEqual({ address: "10.0.0.0", bits: 8, family: "ipv4" });
  expect(parseNetwork("::1")).toEqual({ address: "::1", bits: 128, family: "ipv6" });
  for (const bad of [
    "10.0.0.0/33",
    "::1/129",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "10.0.0",
    "proxy",
    "",
    "10.0.0.0/-1",
  ])
    expect(parseNetwork(bad), bad).toBeNull();
});
