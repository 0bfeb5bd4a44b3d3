import { describe, expect, test } from "bun:test";
import { MAX_DRAWN, mentionsIn, runsOf } from "./mentions.ts";

const people = ["Anna", "Anna Berg", "Bert", "Ümit", "a.b"].map((name) => ({ id: name, name }));
const shown = (text: string, room = false) =>
  runsOf(text, people, room)
    .map((run) => (run.kind === "mention" ? `[${run.text}]` : run.text))
    .join("");

describe("names in a text", () => {
  test("the longest name wins, and case makes no difference", () => {
    expect(shown("Hi @Anna Berg and @anna, @BERT!")).toBe("Hi [@Anna Berg] and [@anna], [@BERT]!");
    expect(shown("(@ümit)")).toBe("([@ümit])");
    expect(shown("@a.b")).toBe("[@a.b]");
  });

  test("a part of a word, an address or a longer name is none", () => {
    for (const text of ["me@Anna.example", "@Annabel", "@Berts", "@ Anna", "Anna", "x@Bert"]) {
      expect(shown(text)).toBe(text);
    }
  });

  test("the room is mentioned only where the text does it", () => {
    expect(shown("@room: tea")).toBe("@room: tea");
    expect(shown("@room: tea", true)).toBe("[@room]: tea");
    expect(shown("@roommate", true)).toBe("@roommate");
  });

  test("nothing of the text is lost", () => {
    for (const text of ["@Anna@Bert", "@@Anna", "a @Anna b @x", "İ @Anna"]) {
      expect(
        runsOf(text, people, true)
          .map((run) => run.text)
          .join(""),
      ).toBe(text);
    }
  });
});

test("a text of nothing but names has an end: doubled again and again, its runs stop growing", () => {
  for (let times = 1; times <= 4_096; times *= 2) {
    const runs = runsOf("@a.b ".repeat(times), people, true, MAX_DRAWN);
    expect(runs.length).toBeLessThanOrEqual(2 * MAX_DRAWN + 1);
    expect(runs.map((run) => run.text).join("")).toBe("@a.b ".repeat(times));
  }
  // What is sent counts each person once, wherever the name is.
  const last = mentionsIn(`${"@Bert ".repeat(300)}@Anna`, people, 50);
  expect(last.mentions).toEqual(["Bert", "Anna"]);
});

test("what is sent: each id once, up to a limit, and whether all are meant", () => {
  expect(mentionsIn("@Bert @anna @bert @room", people, 50)).toEqual({
    mentions: ["Bert", "Anna"],
    mentionsRoom: true,
  });
  expect(mentionsIn("@Bert @Anna", people, 1).mentions).toEqual(["Bert"]);
  expect(mentionsIn("no mention", people, 50)).toEqual({ mentions: [], mentionsRoom: false });
});
