import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import * as schemas from "./schemas.ts";

const spec = readFileSync(join(import.meta.dir, "../SPEC.md"), "utf8");

/** Who sends it, or the name of the schema; and the value. */
type Example = { readonly kind: string; readonly value: Record<string, unknown> };

/** One value a line; one that begins on a line and is not whole there ends where it is. */
function examplesOf(text: string): Example[] {
  return [...text.matchAll(/^```json (\w+)\n([\s\S]*?)\n```$/gm)].flatMap(([, kind = "", body = ""]) => {
    const values: Example[] = [];
    let piece = "";
    for (const line of body.split("\n")) {
      piece += line;
      if (!/^[{}\]]/.test(line) || line.endsWith("[")) continue;
      values.push({ kind, value: JSON.parse(piece) });
      piece = "";
    }
    if (piece !== "") throw new Error(`a block ends in the middle: ${piece.slice(0, 80)}`);
    return values;
  });
}

function schemaOf({ kind, value }: Example): z.ZodType | undefined {
  const { clientFrames, serverFrames, commands, commandEnvelope } = schemas;
  const named = (table: object, name: unknown) => (table as Record<string, z.ZodType>)[String(name)];
  if (kind === "server") return named(serverFrames, value.type);
  if (kind !== "client") return named(schemas, kind);
  if (value.type !== "command") return named(clientFrames, value.type);
  return (named(commands, value.kind) as z.ZodObject | undefined)?.extend(commandEnvelope.shape);
}

const examples = examplesOf(spec);
const isEvents = ({ kind, value }: Example) => kind === "server" && value.type === "events";
const eventsIn = examples.filter(isEvents).flatMap(({ value }) => value.events as Record<string, unknown>[]);

describe("the examples of SPEC.md", () => {
  test("are what the schemas say, with no field that they do not know", () => {
    expect(examples.length).toBeGreaterThan(40);
    for (const example of examples) {
      const schema = schemaOf(example);
      if (!schema) throw new Error(`no schema for ${JSON.stringify(example).slice(0, 120)}`);
      expect(schema.parse(example.value)).toEqual(example.value);
    }
    for (const event of eventsIn) {
      const named = { ...schemas.events, members_joined: schemas.membersJoined };
      const schema = (named as Record<string, z.ZodType>)[String(event.kind)];
      expect(schema?.parse(event)).toEqual(event);
    }
  });

  test("show every frame, every command and every event, and pages, search and refusals over HTTP", () => {
    const shown = (kind: string, field: string) =>
      new Set(examples.filter((example) => example.kind === kind).map(({ value }) => value[field]));
    const missing = (table: object, found: ReadonlySet<unknown>) =>
      Object.keys(table).filter((name) => !found.has(name));
    expect(missing(schemas.clientFrames, shown("client", "type"))).toEqual([]);
    expect(missing(schemas.serverFrames, shown("server", "type"))).toEqual([]);
    expect(missing(schemas.commands, shown("client", "kind"))).toEqual([]);
    const named = { ...schemas.events, members_joined: schemas.membersJoined };
    expect(missing(named, new Set(eventsIn.map(({ kind }) => kind)))).toEqual([]);
    const kinds = new Set(examples.map(({ kind }) => kind));
    for (const kind of ["page", "hitList", "posted", "problem", "guest"]) expect(kinds).toContain(kind);
  });

  test("show every field of a command, the optional ones too", () => {
    for (const [kind, schema] of Object.entries(schemas.commands)) {
      const fields = Object.entries(schema.shape)
        .filter(([, field]) => !isReserved(field))
        .map(([name]) => name);
      const given = examples
        .filter(({ value }) => value.kind === kind)
        .flatMap(({ value }) => Object.keys(value));
      expect(fields.filter((name) => !given.includes(name))).toEqual([]);
    }
  });
});

/** A field that takes nothing in this version. */
function isReserved(field: z.ZodType): boolean {
  return !field.safeParse("x").success && !field.safeParse(true).success && !field.safeParse([]).success
    ? field.safeParse(undefined).success && !field.safeParse(0).success
    : false;
}
