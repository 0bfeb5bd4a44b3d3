import { expect, test } from "bun:test";
import type { Actor, Command } from "../../core/command.ts";
import { packCommands, unpackCommands } from "./command-packing.ts";

const ada: Actor = { id: "ada", name: "Ada", walk_in: false };
const bob: Actor = { id: "bob", name: "Bob", walk_in: true };

function command(actor: Actor, body: Command["body"], at = 1): Command {
  return { actor, nonce: `nonce ${at}`, at, body };
}

test("commands come out as they went in, in their order", () => {
  const commands: Command[] = [
    command(ada, { kind: "send_message", room: "one", text: 'a "text"\n\ud83d\ude00' }, 5),
    command(bob, { kind: "send_message", room: "two", text: "" }, 4),
    command(ada, { kind: "send_message", room: "two", text: "m", mentions: [] }, 6),
    command(ada, { kind: "send_message", room: "one", text: "r", reply_to: "x" }, 7),
    command(ada, { kind: "send_message", room: "one", text: "!", mentions_room: true }, 8),
    command(bob, { kind: "join_room", room: "one" }, 9),
    command({ ...ada, name: "Ada Lovelace" }, { kind: "send_message", room: "one", text: "renamed" }, 10),
    command(ada, { kind: "send_message", room: "one", text: "and back" }, 11),
  ];
  expect(unpackCommands(packCommands(commands))).toEqual(commands);
  expect(unpackCommands(packCommands([]))).toEqual([]);
});

test("a field without a value is left out, as in JSON", () => {
  const body = {
    kind: "send_message",
    room: "one",
    text: "a",
    reply_to: undefined,
  } as unknown as Command["body"];
  const [unpacked] = unpackCommands(packCommands([command(ada, body)]));
  expect(unpacked?.body).toStrictEqual({ kind: "send_message", room: "one", text: "a" });
});

test("commands of one author and room hold one text of each id", () => {
  const commands = Array.from({ length: 50 }, (_, i) =>
    command({ ...ada }, { kind: "send_message", room: "a room", text: "x" }, i),
  );
  expect(packCommands(commands).split("a room")).toHaveLength(2);
  expect(new Set(unpackCommands(packCommands(commands)).map(({ actor }) => actor)).size).toBe(1);
});
