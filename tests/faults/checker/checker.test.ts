import { describe, expect, test } from "bun:test";
import { check, report } from "../../support/checker/check.ts";
import type { Applied } from "../../support/checker/history.ts";
import { acked, ackOf, appliedBy, type Break, change, refused, testBreak } from "./break.ts";
import { greenSample } from "./sample.ts";

/** What the store and the answers must be: I1 to I5. */
const BREAKS: readonly Break[] = [
  {
    name: "an acknowledged event is not in the store",
    invariant: "I1",
    says: "lobby#6 (event e-lobby-6) was acknowledged to c2 for nonce n-three, but in the store there is nothing",
    break: (sample) => {
      sample.events.pop();
      sample.lastOf.set("lobby", 5);
      return sample.history();
    },
  },
  {
    name: "another event is where one was acknowledged",
    invariant: "I1",
    says: "event other of nonce n-other is there",
    break: (sample) => {
      const row = sample.events.pop()!;
      sample.store({ ...row, id: "other", nonce: "n-other", seq: 6 });
      return sample.history();
    },
  },
  {
    name: "an acknowledged event never reached a member",
    invariant: "I1",
    says: "lobby#6 (message_sent e-lobby-6, nonce n-three) is in the store and never reached c1",
    break: (sample) => {
      change(
        sample,
        "shown",
        ({ client }) => client === "c1",
        (e) => ({ ...e, items: e.items.slice(0, 2) }),
      );
      return change(sample, "applied", appliedBy("c1", 6), () => undefined);
    },
  },
  {
    name: "one nonce has two effects",
    invariant: "I2",
    says: "nonce n-three of bim has 2 effects message_sent: lobby#6, 7",
    break: (sample) => {
      sample.store({ ...sample.events.at(-1)!, id: "twin", seq: 7 });
      return sample.history();
    },
  },
  {
    name: "a resend under a fresh nonce is stored again",
    invariant: "I2",
    says: "c2 asked once for 'three' and it is stored 2 times: lobby#6 (nonce n-three), lobby#7 (nonce n-fresh)",
    break: (sample) => {
      sample.store({ ...sample.events.at(-1)!, id: "again", nonce: "n-fresh", seq: 7 });
      return sample.history();
    },
  },
  {
    name: "a client applies a seq twice",
    invariant: "I2",
    says: "c2 applied lobby#6 2 times",
    break: (sample) => {
      const twice = sample.entries.find((e): e is Applied => e.t === "applied" && appliedBy("c2", 6)(e))!;
      sample.log({ ...twice });
      return sample.history();
    },
  },
  {
    name: "a client sees another event at a seq",
    invariant: "I3",
    says: "lobby#5 is e-lobby-5 for the store and other for c2",
    break: (sample) => change(sample, "applied", appliedBy("c2", 5), (e) => ({ ...e, id: "other" })),
  },
  {
    name: "a message is taken for one of a run of joinings",
    invariant: "I3",
    says: "lobby#5 is message_sent in the store and member_joined for c2",
    break: (sample) =>
      change(sample, "applied", appliedBy("c2", 5), (e) => ({ ...e, id: null, kind: "member_joined" })),
  },
  {
    name: "an ack names another event at a seq",
    invariant: "I3",
    says: "lobby#6 is e-lobby-6 for the store and other for an ack to c2",
    break: (sample) =>
      change(sample, "answered", ackOf("n-three"), (e) => ({
        ...e,
        ack: { ...acked(e), events: [{ feed: "lobby", seq: 6, id: "other" }] },
      })),
  },
  {
    name: "the store has a hole",
    invariant: "I4",
    says: "lobby#6 is where lobby#5 belongs",
    break: (sample) => {
      sample.events.splice(
        sample.events.findIndex(({ nonce }) => nonce === "n-two"),
        1,
      );
      return sample.history();
    },
  },
  {
    name: "the store ends before its last",
    invariant: "I4",
    says: "6 events instead of 7",
    break: (sample) => {
      sample.lastOf.set("lobby", 7);
      return sample.history();
    },
  },
  {
    name: "times go back",
    invariant: "I4",
    says: "lobby#6 is older than the event before it",
    break: (sample) => {
      sample.events.push({ ...sample.events.pop()!, at: 0 });
      return sample.history();
    },
  },
  {
    name: "a client skips a number",
    invariant: "I4",
    says: "c2 applied lobby#6 after 4",
    break: (sample) => change(sample, "applied", appliedBy("c2", 5), () => undefined),
  },
  {
    name: "a client misses the first event behind its begin",
    invariant: "I4",
    says: "c2 applied lobby#5 after the begin at 3",
    break: (sample) => change(sample, "applied", appliedBy("c2", 4), () => undefined),
  },
  {
    name: "a client is silently moved on",
    invariant: "I4",
    says: "c2 reports that it is at lobby#6 and applied up to 5",
    break: (sample) => change(sample, "applied", appliedBy("c2", 6), () => undefined),
  },
  {
    name: "a repeated nonce gets another answer",
    invariant: "I5",
    says: "nonce n-two of c1 got different answers",
    break: (sample) =>
      change(sample, "answered", ackOf("n-two"), (e) => ({ ...e, ack: { ...acked(e), at: 99 } })),
  },
  {
    name: "an ack turns into a final fault",
    invariant: "I5",
    says: "then final fault not_a_member",
    break: (sample) => refused(sample, "n-two"),
  },
  {
    name: "the store remembers another answer",
    invariant: "I5",
    says: "the store remembers unchanged",
    break: (sample) => {
      sample.nonces.at(-1)!.placed = [];
      return sample.history();
    },
  },
  {
    name: "a wish is sent under two nonces",
    invariant: "I2",
    says: "'c1 two' was sent under n-two and n-new",
    break: (sample) =>
      change(
        sample,
        "sent",
        ({ nonce }) => nonce === "n-two",
        (e) => ({ ...e, nonce: "n-new" }),
      ),
  },
];

describe("the checker", () => {
  test("is green on a history in which everything holds", () => {
    expect(report(check(greenSample().history()))).toBe("");
  });

  test("is green when a client got a reset and began anew", () => {
    const sample = greenSample();
    const healed = sample.entries.findIndex(({ t }) => t === "healed");
    const tail = sample.entries.splice(healed);
    sample.log({ t: "reset", client: "c1", feed: "lobby", why: "floor" });
    sample.log({ t: "based", client: "c1", feed: "lobby", seq: 6, fresh: true });
    sample.entries.push(...tail);
    expect(report(check(sample.history()))).toBe("");
  });

  for (const broken of BREAKS) testBreak(broken);
});
