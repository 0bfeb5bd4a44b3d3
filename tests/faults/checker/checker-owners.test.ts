import { describe, expect, test } from "bun:test";
import { check } from "../../support/checker/check.ts";
import type { History } from "../../support/checker/history.ts";
import { greenSample, type Sample } from "./sample.ts";

type Change = readonly [kind: string, user: string, role?: string];

/** A private room that Ada made, with what followed to its members; the table of rooms says `owners` and `members`. */
function privateRoom(changes: readonly Change[], owners: number, members: number): History {
  const sample: Sample = greenSample();
  const room = "den";
  sample.store({ feed: room, kind: "room_created", actor: "ada", nonce: "n-den" });
  const all: Change[] = [["member_joined", "ada", "owner"], ["member_joined", "bim", "member"], ...changes];
  for (const [index, [kind, user, role]] of all.entries())
    sample.store({
      feed: room,
      kind,
      actor: "ada",
      user,
      nonce: `n-den-${index}`,
      ...(role ? { role } : {}),
    });
  return sample.history({ rooms: [{ room, owners, members }] });
}

function judged(history: History): string[] {
  return check(history)
    .filter(({ invariant }) => invariant === "owners")
    .map(({ text }) => text);
}

describe("the checker", () => {
  test("owners is green when the last owner stays and the counts are those of the log", () => {
    expect(judged(privateRoom([], 1, 2))).toEqual([]);
    expect(
      judged(
        privateRoom(
          [
            ["role_changed", "bim", "owner"],
            ["member_left", "ada"],
          ],
          1,
          1,
        ),
      ),
    ).toEqual([]);
  });
  test("owners is green for a room that never had an owner", () => {
    expect(judged(greenSample().history({ rooms: [{ room: "lobby", owners: 0, members: 2 }] }))).toEqual([]);
  });
  test.each<[string, Change]>([
    ["leaves", ["member_left", "ada"]],
    ["takes another role", ["role_changed", "ada", "member"]],
  ])("owners is red when the last owner %s", (_, change) => {
    const left = change[0] === "member_left" ? 1 : 2;
    expect(judged(privateRoom([change], 0, left))).toEqual([
      "owners (seed 7): the last owner of den was lost at #4",
    ]);
  });
  test("owners is red when the table counts an owner or a member who is not in the log", () => {
    expect(judged(privateRoom([], 2, 3))).toEqual([
      "owners (seed 7): den has 1 owners by its log, 2 by the table",
      "owners (seed 7): den has 2 members by its log, 3 by the table",
    ]);
  });
});
