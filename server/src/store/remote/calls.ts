import { type FeedId, isFault, type WireEvent } from "@parley/protocol";
import { textToWire } from "../base/event-text.ts";
import type { Changes, Head, ReadMeter, Store } from "../store.ts";

/** The methods of a store that travel as calls: all but `commit`, which has frames of its own, and `close`. */
export type Method = Exclude<keyof Store, "epoch" | "commit" | "close">;

type Shape = {
  /** The position of the meter among the arguments; null without one. */
  readonly meter: number | null;
  /** How the answer becomes text: as JSON, as JSON of the entries of a map or of the changes, or as texts of events. */
  readonly answer: "json" | "map" | "changes" | "events";
};

const plain: Shape = { meter: null, answer: "json" };
const map: Shape = { meter: null, answer: "map" };
const metered = (position: number): Shape => ({ meter: position, answer: "json" });

export const METHODS: Readonly<Record<Method, Shape>> = {
  signIn: plain,
  nameHeld: plain,
  roomNamed: plain,
  generationOf: plain,
  userByToken: plain,
  after: { meter: null, answer: "events" },
  page: metered(3),
  heads: map,
  changes: { meter: null, answer: "changes" },
  feedAccess: plain,
  feedsOf: plain,
  room: plain,
  standing: plain,
  message: metered(3),
  history: metered(3),
  reads: plain,
  members: metered(2),
  search: metered(2),
  directory: metered(2),
  users: metered(1),
  publicRooms: metered(0),
  user: plain,
  ping: plain,
};

export function packCall(method: Method, args: readonly unknown[]): string {
  return JSON.stringify([method, ...args]);
}

/** Runs a packed call on a store. Returns the packed answer. */
export async function runCall(store: Store, packed: string): Promise<string> {
  const [method, ...args] = JSON.parse(packed) as [Method, ...unknown[]];
  const shape = METHODS[method];
  if (!shape) throw new Error(`There is no method ${String(method)}`);
  const meter: ReadMeter = { ms: 0 };
  if (shape.meter !== null) args[shape.meter] = meter;
  const run = store[method] as (...args: unknown[]) => Promise<unknown>;
  const answer = await run(...args);
  return packAnswer(shape, answer, meter.ms);
}

/** A line with the milliseconds that the read took and the kind of what follows, then the answer. */
function packAnswer({ answer: kind }: Shape, answer: unknown, ms: number): string {
  if (kind === "events" && !isFault(answer as object)) {
    const events = answer as readonly WireEvent[];
    let text = `${ms} e${events[0]?.seq ?? 0}`;
    // An event is one line: JSON holds no line breaks.
    for (const event of events) text += `\n${event.text}`;
    return text;
  }
  return `${ms} j\n${JSON.stringify(toJson(kind, answer))}`;
}

/** JSON has no maps. */
function toJson(kind: Shape["answer"], answer: unknown): unknown {
  switch (kind) {
    case "map":
      return [...(answer as ReadonlyMap<unknown, unknown>)];
    case "changes": {
      const { feeds, cursor, whole } = answer as Changes;
      return { feeds: [...feeds], cursor, whole };
    }
    default:
      return answer;
  }
}

function fromJson(kind: Shape["answer"], value: unknown): unknown {
  switch (kind) {
    case "map":
      return new Map(value as [unknown, unknown][]);
    case "changes": {
      const { feeds, cursor, whole } = value as { feeds: [FeedId, Head][]; cursor: string; whole: boolean };
      return { feeds: new Map(feeds), cursor, whole } satisfies Changes;
    }
    default:
      return value;
  }
}

/** What the method returned. The milliseconds of the read are added to the meter. */
export function unpackAnswer(method: Method, packed: string, meter: ReadMeter | undefined): unknown {
  const end = packed.indexOf("\n");
  const head = end < 0 ? packed : packed.slice(0, end);
  const space = head.indexOf(" ");
  if (meter) meter.ms += Number(head.slice(0, space));
  if (head[space + 1] === "e") {
    if (end < 0) return [];
    const first = Number(head.slice(space + 2));
    return packed
      .slice(end + 1)
      .split("\n")
      .map((text, n) => textToWire(first + n, text));
  }
  return fromJson(METHODS[method].answer, JSON.parse(packed.slice(end + 1)));
}
