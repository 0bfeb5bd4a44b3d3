import { describe } from "bun:test";
import { ackOf, appliedBy, type Break, change, refused, testBreak } from "./break.ts";
import { message } from "./sample.ts";

/** Order, attempts, healing, and what people see: I6 and on. */
const BREAKS: readonly Break[] = [
  {
    name: "one client's messages change places",
    invariant: "I6",
    says: "c1 asked for lobby#5 (order 1) before lobby#4 (order 2)",
    break: (sample) => {
      const [one, two] = ["one", "two"].map((token) => sample.events.find(({ text }) => text === token)!);
      const rest = sample.events.filter((event) => event !== one && event !== two);
      const swapped = [
        { ...one!, nonce: two!.nonce, text: two!.text },
        { ...two!, nonce: one!.nonce, text: one!.text },
      ];
      return sample.history({ events: [...rest, ...swapped] });
    },
  },
  {
    name: "an event that no client attempted",
    invariant: "I7",
    says: "lobby#7 (message_sent e-lobby-7, nonce n-ghost) is stored, but its author ada never sent that nonce",
    break: (sample) => {
      sample.store({ feed: "lobby", actor: "ada", nonce: "n-ghost", text: "boo" });
      return sample.history();
    },
  },
  {
    name: "a refused command is stored",
    invariant: "I7",
    says: "is stored although it was refused with not_a_member",
    break: (sample) => refused(sample, "n-three"),
  },
  {
    name: "a later send is below an earlier ack",
    invariant: "I8",
    says: "nonce n-three was acknowledged as lobby#6 before c1 sent nonce n-four, which is lobby#5",
    break: (sample) => {
      message(sample, { client: "c1", user: "ada", order: 3, token: "four" });
      const events = sample.events.map((event) =>
        event.nonce === "n-four" ? { ...event, seq: 5 } : event.seq === 5 ? { ...event, seq: 7 } : event,
      );
      return sample.history({ events });
    },
  },
  {
    name: "a client stays behind after healing",
    invariant: "I10",
    says: "c2 is not at the head of lobby: 7; the client is at 6",
    break: (sample) => {
      sample.store({ feed: "lobby", actor: "ada", nonce: "n-late", text: "late" });
      return sample.history();
    },
  },
  {
    name: "a client never receives its new room",
    invariant: "I10",
    says: "c1 is not at the head of club: 1; the client never received it",
    break: (sample) => {
      sample.store({ feed: "club", kind: "room_created", actor: "ada", nonce: "n-club" });
      sample.members.push({ room: "club", user: "ada" });
      return sample.history();
    },
  },
  {
    name: "a client is at head too late",
    invariant: "I10",
    says: "11000 ms after healing, not within 10000",
    break: (sample) => {
      const healed = sample.entries.find(({ t }) => t === "healed")!.at;
      const at = healed + 11_000;
      return change(sample, "applied", appliedBy("c2", 6), (e) => ({ ...e, at }));
    },
  },
  {
    name: "a client needs too many sessions",
    invariant: "I10",
    says: "c1 needed 4 sessions after healing",
    break: (sample) => {
      for (let times = 0; times < 3; times++) {
        sample.log({ t: "welcomed", client: "c1", user: "ada", epoch: "one" });
      }
      return sample.history();
    },
  },
  {
    name: "who left is still given events",
    invariant: "I13",
    says: "c2 left lobby at 4 and was still given lobby#5",
    break: (sample) => {
      const events = sample.events.map((event) =>
        event.nonce === "n-one" ? { ...event, kind: "member_left", user: "bim" } : event,
      );
      return sample.history({ events });
    },
  },
  {
    name: "the screen shows a message twice",
    invariant: "I15",
    says: "c1 shows lobby: nonce n-three 2 times",
    break: (sample) =>
      change(
        sample,
        "shown",
        ({ client }) => client === "c1",
        (e) => ({ ...e, items: [...e.items, { ...e.items[2]!, id: null, seq: null, state: "pending" }] }),
      ),
  },
  {
    name: "the screen shows another order",
    invariant: "I15",
    says: "c1 shows lobby: #5 after #6",
    break: (sample) =>
      change(
        sample,
        "shown",
        ({ client }) => client === "c1",
        (e) => ({ ...e, items: [e.items[0]!, e.items[2]!, e.items[1]!] }),
      ),
  },
  {
    name: "the screen missed an edit",
    invariant: "I15",
    says: "#4 as 'one', not 'better'",
    break: (sample) => {
      sample.store({
        feed: "lobby",
        actor: "ada",
        nonce: "n-edit",
        kind: "message_edited",
        text: "better",
        message: "e-lobby-4",
      });
      return sample.history();
    },
  },
  {
    name: "a screen never gets ready",
    invariant: "I15",
    says: "c1 shows lobby: nothing, it is failed",
    break: (sample) =>
      change(
        sample,
        "shown",
        ({ client }) => client === "c1",
        (e) => ({ ...e, state: "failed", items: [] }),
      ),
  },
  {
    name: "the screen still waits for an answer",
    invariant: "I15",
    says: "nonce n-three as pending, after healing",
    break: (sample) =>
      change(
        sample,
        "shown",
        ({ client }) => client === "c2",
        (e) => ({
          ...e,
          items: [...e.items.slice(0, 2), { ...e.items[2]!, id: null, seq: null, state: "pending" }],
        }),
      ),
  },
  {
    name: "a message that failed for sure is stored",
    invariant: "outcomes",
    says: "'three' of c2 to lobby (nonce n-three) failed for sure and is stored",
    break: (sample) => refused(sample, "n-three"),
  },
  {
    name: "a message is never answered",
    invariant: "outcomes",
    says: "'three' of c2 to lobby (nonce n-three) is stored and was never answered",
    break: (sample) => change(sample, "answered", ackOf("n-three"), () => undefined),
  },
  {
    name: "the outbox loses a message",
    invariant: "outcomes",
    says: "'lost' of c1 to lobby (never sent) was lost",
    break: (sample) => {
      const wish = { client: "c1", order: 3, room: "lobby", kind: "send_message" };
      sample.log({ t: "attempted", ...wish, token: "lost" });
      return sample.history();
    },
  },
  {
    name: "an edit ended ok and is not stored",
    invariant: "outcomes",
    says: "'better' of c1 to lobby (never sent) ended ok and is not stored",
    break: (sample) => {
      const wish = { client: "c1", order: 3, room: "lobby", kind: "edit_message" };
      sample.log({ t: "attempted", ...wish, token: "better" });
      sample.log({ t: "settled", client: "c1", order: 3, outcome: "ok" });
      return sample.history();
    },
  },
];

describe("the checker", () => {
  for (const broken of BREAKS) testBreak(broken);
});
