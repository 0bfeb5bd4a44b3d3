import { describe, expect, test } from "bun:test";
import { check } from "../../support/checker/check.ts";
import type { PagedMessage } from "../../support/checker/history.ts";
import { type Break, change, testBreak } from "./break.ts";
import { greenSample, message, type Sample } from "./sample.ts";

/** Bim reacts to Ada's first message; pages and screens do not show it yet. */
function thumb(sample: Sample): Sample {
  const about = { message: "e-lobby-4", emoji: "👍" };
  sample.store({ feed: "lobby", kind: "reaction_added", actor: "bim", nonce: "n-thumb", ...about });
  return sample;
}

const pagedBy =
  (user: string, messages: (messages: readonly PagedMessage[]) => PagedMessage[]) => (sample: Sample) =>
    change(
      sample,
      "paged",
      (entry) => entry.user === user,
      (entry) => ({ ...entry, messages: messages(entry.messages) }),
    );
const first = (changed: Partial<PagedMessage>) =>
  pagedBy("ada", (messages) =>
    messages.map((message, index) => (index === 0 ? { ...message, ...changed } : message)),
  );

/** What a break says about the table, a page or a screen. */
const BREAKS: readonly Omit<Break, "invariant">[] = [
  {
    name: "a page lost a message",
    says: "bim pages through lobby: #5 e-lobby-5 is not there",
    break: pagedBy("bim", (messages) => messages.filter(({ seq }) => seq !== 5)),
  },
  {
    name: "a page shows a message twice",
    says: "ada pages through lobby: #4 e-lobby-4 is where #5 e-lobby-5 belongs",
    break: pagedBy("ada", (messages) => messages.flatMap((one, index) => (index === 0 ? [one, one] : [one]))),
  },
  {
    name: "a page has another order",
    says: "ada pages through lobby: #6 e-lobby-6 is where #4 e-lobby-4 belongs",
    break: pagedBy("ada", (messages) => messages.toReversed()),
  },
  {
    name: "a page has another text",
    says: "#4 (event e-lobby-4) as 'won', not 'one'",
    break: first({ text: "won" }),
  },
  {
    name: "a page shows what was deleted",
    says: "#4 (event e-lobby-4) deleted",
    break: first({ deleted: true }),
  },
  { name: "a page says edited", says: "#4 (event e-lobby-4) edited", break: first({ edited: true }) },
  { name: "a page names another author", says: "is of bim, not of ada", break: first({ author: "bim" }) },
  {
    name: "a page invents a reaction",
    says: "#4 (event e-lobby-4) with 1 times 👍, not 0",
    break: first({ reactions: { "👍": 1 } }),
  },
  {
    name: "a page misses a reaction",
    says: "ada pages through lobby: #4 (event e-lobby-4) with 0 times 👍, not 1",
    break: (sample) => thumb(sample).history(),
  },
  {
    name: "a screen misses a reaction",
    says: "c1 shows lobby: #4 (event e-lobby-4) with 0 times 👍, not 1",
    break: (sample) => {
      const { entries, ...history } = thumb(sample).history();
      return { ...history, entries: entries.filter(({ t }) => t !== "paged") };
    },
  },
  {
    name: "the table misses a reaction",
    says: "the reaction lobby#4 👍 of bim is in the log and not in the table",
    break: (sample) => thumb(sample).history(),
  },
  {
    name: "the table invents a reaction",
    says: "the reaction lobby#5 🎉 of ada is in the table and not in the log",
    break: (sample) => {
      sample.reactions.push({ room: "lobby", seq: 5, emoji: "🎉", user: "ada" });
      return sample.history();
    },
  },
  {
    name: "the members' table has a user who left",
    says: "by the members' table eve is in lobby, by its log not",
    break: (sample) => {
      sample.members.push({ room: "lobby", user: "eve" });
      return sample.history();
    },
  },
  {
    name: "the members' table misses a member",
    says: "by its log bim is in lobby, by the members' table not",
    break: (sample) => {
      sample.members.pop();
      return sample.history();
    },
  },
  {
    name: "the members' table has another role",
    says: "bim is owner in lobby by its log, member by the table",
    break: (sample) => {
      const change = { kind: "role_changed", user: "bim", role: "owner" };
      sample.store({ feed: "lobby", actor: "ada", nonce: "n-role", ...change });
      return sample.history();
    },
  },
  {
    name: "a read position is lost",
    says: "ada has read lobby up to 6 by the log, 5 by the table",
    break: (sample) => {
      const about = { room: "lobby", seq: 6 };
      sample.store({ feed: "user.ada", kind: "room_read", actor: "ada", nonce: "n-read", about });
      return sample.history();
    },
  },
  {
    name: "the state of a room over HTTP differs",
    says: "to ada, over HTTP, lobby has 1 unread, not 2",
    break: (sample) => {
      message(sample, { client: "c2", user: "bim", order: 2, token: "four" });
      return change(
        sample,
        "room_state",
        ({ user }) => user === "ada",
        (entry) => ({ ...entry, head: 7 }),
      );
    },
  },
];

describe("the checker", () => {
  for (const broken of BREAKS) testBreak({ ...broken, invariant: "readings" });

  test("is green when every page and screen shows the reaction", () => {
    const sample = thumb(greenSample());
    sample.reactions.push({ room: "lobby", seq: 4, emoji: "👍", user: "bim" });
    const seen = { "👍": 1 };
    const entries = sample.entries.map((entry) => {
      if (entry.t === "shown")
        return {
          ...entry,
          items: entry.items.map((one) => (one.seq === 4 ? { ...one, reactions: seen } : one)),
        };
      if (entry.t === "paged")
        return {
          ...entry,
          messages: entry.messages.map((one) => (one.seq === 4 ? { ...one, reactions: seen } : one)),
        };
      return entry.t === "room_state" ? { ...entry, head: 7 } : entry;
    });
    const found = check({ ...sample.history(), entries }).filter(({ invariant }) => invariant === "readings");
    expect(found).toEqual([]);
  });
});

describe("I13 of a user who joined again", () => {
  /** Bim left at 4, was brought back at 6, and applied #5 after so many milliseconds. */
  function away(late: number) {
    const sample = greenSample();
    const events = sample.events.map((event) => {
      if (event.nonce === "n-one") return { ...event, kind: "member_left", user: "bim" };
      if (event.nonce !== "n-three") return event;
      return { ...event, kind: "member_joined", user: "bim", at: 10_000 };
    });
    for (const [index, entry] of sample.entries.entries())
      if (entry.t === "applied" && entry.client === "c2" && entry.seq === 5)
        sample.entries[index] = { ...entry, at: 10_000 + late };
    return check(sample.history({ events })).filter(({ invariant }) => invariant === "I13");
  }

  test("events of the absence may be applied after joining again, not before", () => {
    expect(away(100)).toEqual([]);
    expect(away(-1_000).map(({ text }) => text)).toEqual([
      "I13 (seed 7): c2 left lobby at 4 and was still given lobby#5 before they came back at 6",
    ]);
  });
});
