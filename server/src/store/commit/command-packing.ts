import type { RoomId } from "@parley/protocol";
import type { Actor, Body, Command } from "../../core/command.ts";

/** Values that each command takes in `rows`. */
const WIDTH = 5;

/**
 * Commands on their way between threads. Each author and each room of a batch is named once: there is less to read, and
 * all commands of one author share one text of the id, which is hashed once however often it is looked up.
 */
type Packed = {
  readonly actors: readonly Actor[];
  readonly rooms: readonly RoomId[];
  /** For each command: its author and its room (by position), its nonce, its time, and its text where it has only that, else its body. */
  readonly rows: readonly unknown[];
};

export function packCommands(commands: readonly Command[]): string {
  const actors = new Positions<Actor>();
  const rooms = new Positions<RoomId>();
  const rows: unknown[] = [];
  for (const { actor, nonce, at, body } of commands) {
    const { id, name, walk_in, session } = actor;
    let position = actors.of(id, actor);
    const known = actors.all[position] as Actor;
    // The same user twice under different names: renamed meanwhile.
    if (known.name !== name || known.walk_in !== walk_in || known.session !== session)
      position = actors.replace(id, actor);
    rows.push(position, rooms.of(body.room, body.room), nonce, at, isPlain(body) ? body.text : body);
  }
  return JSON.stringify({ actors: actors.all, rooms: rooms.all, rows } satisfies Packed);
}

export function unpackCommands(packed: string): Command[] {
  const { actors, rooms, rows } = JSON.parse(packed) as Packed;
  const commands: Command[] = [];
  for (let i = 0; i < rows.length; i += WIDTH) {
    const said = rows[i + 4] as string | Body;
    const body: Body =
      typeof said === "string"
        ? { kind: "send_message", room: rooms[rows[i + 1] as number] as RoomId, text: said }
        : said;
    commands.push({
      actor: actors[rows[i] as number] as Actor,
      nonce: rows[i + 2] as string,
      at: rows[i + 3] as number,
      body,
    });
  }
  return commands;
}

/** A message of which nothing but the room and the text is given, as most are. */
function isPlain(body: Body): body is Extract<Body, { kind: "send_message" }> {
  if (body.kind !== "send_message") return false;
  const fields: Readonly<{ [name: string]: unknown }> = body;
  for (const name in fields) {
    if (name !== "kind" && name !== "room" && name !== "text" && fields[name] !== undefined) return false;
  }
  return true;
}

/** Values in the order in which they came first, by a key. */
class Positions<Value> {
  readonly all: Value[] = [];
  readonly #byKey = new Map<string, number>();

  of(key: string, value: Value): number {
    return this.#byKey.get(key) ?? this.replace(key, value);
  }

  /** From now on the key means this value. */
  replace(key: string, value: Value): number {
    const position = this.all.push(value) - 1;
    this.#byKey.set(key, position);
    return position;
  }
}
