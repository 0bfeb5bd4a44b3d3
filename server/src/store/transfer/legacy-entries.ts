import { StringDecoder } from "node:string_decoder";
import { LIMITS } from "@parley/protocol";
import { commands, name, roomId } from "@parley/protocol/schemas";
import { chunksOf } from "./dump-lines.ts";
import type { Problem } from "./import-options.ts";
import { entriesOf } from "./json-entries.ts";
import { namedId } from "./named-id.ts";

/** A room of a legacy chat server. */
export type LegacyRoom = {
  readonly where: string;
  /** As the file says. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds UTC; null where the file does not say. */
  readonly at: number | null;
  /** The id of the room if it is created here: the one of the file where that is valid. */
  readonly room: string;
};

/** A message of a legacy chat server. `room` is the room's id in the file. */
export type LegacyMessage = {
  readonly where: string;
  /** As the file says. */
  readonly id: string | undefined;
  readonly room: string;
  readonly username: string;
  readonly text: string;
  readonly at: number | null;
  /** The same for the same message each time that it is read. */
  readonly nonce: string;
  /** The same for the same name. */
  readonly author: string;
};

/** `id` is the id of a room that cannot be imported. */
type ParsedEntry<T> = T | (Problem & { readonly id?: string });
type Fields = { readonly [field: string]: unknown };

const roomName = name(LIMITS.room_name);
const userName = name(LIMITS.user_name);

export function isProblem<T extends object>(found: T | Problem): found is Problem {
  return "why" in found;
}

/** The rooms of `rooms.json`. `countBytes` receives the number of bytes that were read. */
export function* legacyRooms(
  path: string,
  label: string,
  countBytes: (bytes: number) => void,
): Generator<ParsedEntry<LegacyRoom>> {
  for (const found of fieldsOf(path, label, countBytes)) {
    if (isProblem(found)) {
      yield found;
      continue;
    }
    const { where, fields, key } = found;
    const id = textOf(fields.id) ?? key;
    const called = roomName.safeParse(fields.name);
    if (id === undefined) yield { where, why: "the room has no id" };
    else if (!called.success) yield { where, id, why: `name: ${called.error.issues[0]?.message}` };
    else {
      const room = roomId.safeParse(id).success ? id : namedId("room", id);
      yield { where, id, name: called.data, at: timeOf(fields.created_at), room };
    }
  }
}

/** The messages of `messages.json`, in their order. */
export function* legacyMessages(
  path: string,
  label: string,
  countBytes: (bytes: number) => void,
): Generator<ParsedEntry<LegacyMessage>> {
  let index = 0;
  for (const found of fieldsOf(path, label, countBytes)) {
    index++;
    if (isProblem(found)) {
      yield found;
      continue;
    }
    const { where, fields, key } = found;
    const room = textOf(fields.room_id) ?? key;
    const called = userName.safeParse(fields.username);
    const text = commands.send_message.shape.text.safeParse(fields.content);
    if (room === undefined) yield { where, why: "the message has no room_id" };
    else if (!called.success) yield { where, why: `username: ${called.error.issues[0]?.message}` };
    else if (!text.success) yield { where, why: `content: ${text.error.issues[0]?.message}` };
    else {
      const id = textOf(fields.id);
      const username = called.data;
      const about = id === undefined ? [String(index), username, String(fields.timestamp)] : [id];
      const nonce = namedId("message", room, ...about);
      const author = namedId("person", username);
      yield { where, id, room, username, text: text.data, at: timeOf(fields.timestamp), nonce, author };
    }
  }
}

type Read = { readonly where: string; readonly fields: Fields; readonly key: string | undefined };

function* fieldsOf(
  path: string,
  label: string,
  countBytes: (bytes: number) => void,
): Generator<ParsedEntry<Read>> {
  for (const { text, line, broken, key } of entriesOf(piecesOf(path, countBytes))) {
    const where = `${label}:${line}`;
    let fields: unknown;
    try {
      fields = JSON.parse(text);
    } catch {}
    if (typeof fields === "object" && fields !== null) yield { where, fields: fields as Fields, key };
    else yield { where, why: broken ? "is broken off or not closed: not JSON" : "is not JSON" };
  }
}

function* piecesOf(path: string, countBytes: (bytes: number) => void): Generator<string> {
  const decoder = new StringDecoder("utf8");
  for (const chunk of chunksOf(path)) {
    countBytes(chunk.length);
    yield decoder.write(chunk);
  }
  yield decoder.end();
}

/** Ids may be numbers. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

/** ISO 8601 with any number of decimals; without an offset it is UTC. */
const ISO = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/i;
/** Numbers below it are seconds, above it milliseconds: as milliseconds it is in 1973, as seconds in 5138. */
const SECONDS = 1e11;

/** Milliseconds UTC. */
export function timeOf(value: unknown): number | null {
  if (typeof value === "number" && value > 0) return Math.floor(value < SECONDS ? value * 1_000 : value);
  if (typeof value !== "string") return null;
  const [, date, time, fraction = "", offset = "Z"] = ISO.exec(value.trim()) ?? [];
  if (date === undefined) return null;
  const at = Date.parse(`${date}T${time}${fraction.slice(0, 4)}${offset.toUpperCase()}`);
  return at >= 0 ? at : null;
}
