import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { ByteQuota, WriteQuota } from "./write-quota.ts";

const MEGABYTE = 1_048_576;
const message = (bytes: number) => ({ kind: "send_message", room: LOBBY, text: "x".repeat(bytes) }) as const;

/** Sends messages of 100 KB until one is refused, at most 1,000. */
function written(send: (body: ReturnType<typeof message>) => unknown): number {
  for (let sent = 0; sent < 1_000; sent++) if (send(message(100 * 1_024)) !== null) return sent;
  return 1_000;
}

test("LM-15 a user may write a number of bytes a day; another user is not affected; time refills it", () => {
  let now = 0;
  const quota = new WriteQuota({ writeQuota: 1, writeQuotaPerAddress: 0 }, () => now);
  expect(written((body) => quota.take("ann", "a", body))).toBe(10);
  const refused = quota.take("ann", "a", message(100 * 1_024));
  expect(refused?.fault).toBe("rate_limited");
  expect(quota.take("bob", "a", message(100 * 1_024))).toBeNull();
  now += refused?.retry_after ?? 0;
  expect(quota.take("ann", "a", message(100 * 1_024))).toBeNull();
});

test("LM-15 users and walk-ins of one address share its quota; another address has its own", () => {
  const quota = new WriteQuota({ writeQuota: 1, writeQuotaPerAddress: 2 }, () => 0);
  expect(written((body) => quota.take("ann", "a", body))).toBe(10);
  let guests = 0;
  const total = written((body) => quota.take(`guest ${guests++}`, "a", body));
  expect(total).toBe(10);
  const refused = quota.take(null, "a", message(100 * 1_024));
  expect(refused).toMatchObject({ fault: "rate_limited", detail: expect.stringContaining("address") });
  expect(refused?.retry_after).toBeGreaterThan(0);
  expect(quota.take(null, "b", message(100 * 1_024))).toBeNull();
});

test("LM-15 what a user's quota refuses does not charge the address, and what stored nothing is returned", () => {
  const quota = new WriteQuota({ writeQuota: 1, writeQuotaPerAddress: 2 }, () => 0);
  written((body) => quota.take("ann", "a", body));
  for (let n = 0; n < 100; n++)
    expect(quota.take("ann", "a", message(100 * 1_024))?.detail).not.toContain("address");
  for (let n = 0; n < 100; n++) {
    expect(quota.take(null, "a", message(900 * 1_024))).toBeNull();
    quota.refund(null, "a", message(900 * 1_024));
  }
});

test("LM-15 the topic and the members of a new room count", () => {
  const take = (members: number, topic: string) => {
    const quota = new WriteQuota({ writeQuota: 1, writeQuotaPerAddress: 0 }, () => 0);
    let rooms = 0;
    const body = {
      kind: "create_room",
      room: "r",
      room_kind: "private",
      name: "n",
      topic,
      members: Array.from({ length: members }, (_, n) => `u${n}`),
    } as const;
    while (quota.take("ann", "a", body) === null) rooms++;
    return rooms;
  };
  expect(take(0, "")).toBe(2_048);
  expect(take(10, "")).toBe(Math.floor(MEGABYTE / (21 * 512)));
  expect(take(0, "x".repeat(512))).toBe(1_024);
});

test("LM-15 a message larger than the quota is accepted when the quota is full", () => {
  const quota = new ByteQuota(1_000);
  expect(quota.take("ann", 5_000, 0)).toBe(0);
  expect(quota.take("ann", 1, 0)).toBeGreaterThan(0);
  expect(quota.take("ann", 1_000, 86_400_000)).toBe(0);
});

test("the number of keys in memory is bounded", () => {
  const quota = new ByteQuota(1_000);
  for (let n = 0; n < 60_000; n++) quota.take(`user ${n}`, 1, 0);
  expect(quota.size).toBe(50_000);
});
