import { FAULTS, type FeedId, fault, isFault, type WireEvent } from "@parley/protocol";
import type { Command } from "../../../core/command.ts";
import type { Committed, Verdict } from "../../store.ts";

type Lane = { readonly writer: Writer; tail: Promise<unknown> };
/** Positions of commands in a batch; without a lane they wait for all. */
type Share = { readonly lane: Lane | null; readonly positions: number[] };
type Writer = { commit(commands: readonly Command[]): Promise<Committed> };

/** Commands that take or free names, which are unique over all rooms. */
const NAMING: ReadonlySet<string> = new Set([
  "create_room",
  "rename_room",
  "delete_room",
  "open_room",
  "close_room",
]);

/**
 * Several batches in flight at once, one in each lane. All commands for a room go through the same lane, so that they take
 * effect in the order of the calls. So do those that take or free names: they wait for all lanes, and all lanes for them.
 */
export class Lanes {
  readonly #lanes: readonly Lane[];

  constructor(writers: readonly Writer[]) {
    this.#lanes = writers.map((writer) => ({ writer, tail: Promise.resolve() }));
  }

  async commit(commands: readonly Command[]): Promise<Committed> {
    const shares = this.#split(commands);
    const held = new Set<string>();
    const committed = await Promise.all(
      shares.map(({ lane, positions }) => {
        const share = positions.map((i) => commands[i] as Command);
        const run = (writer: Writer) => committedUnless(held, share, writer);
        return lane === null ? this.#alone(run) : runIn(lane, run);
      }),
    );
    if (committed.length === 1) return committed[0] as Committed;
    const verdicts: Verdict[] = new Array(commands.length);
    for (const [n, { positions }] of shares.entries()) {
      for (const [k, i] of positions.entries()) verdicts[i] = committed[n]?.verdicts[k] as Verdict;
    }
    return { verdicts, feeds: mergedFeeds(committed) };
  }

  /** Resolves when no batch is in flight. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#lanes.map(({ tail }) => tail));
  }

  /** The shares of the lanes, in the order in which they are to be begun. */
  #split(commands: readonly Command[]): readonly Share[] {
    const shares: Share[] = [];
    let open = new Map<Lane | null, Share>();
    let naming = false;
    for (const [i, { body }] of commands.entries()) {
      if (this.#lanes.length > 1 && NAMING.has(body.kind) !== naming) {
        open = new Map();
        naming = !naming;
      }
      const lane = naming ? null : (this.#lanes[hash(body.room) % this.#lanes.length] as Lane);
      let share = open.get(lane);
      if (!share) {
        share = { lane, positions: [] };
        open.set(lane, share);
        shares.push(share);
      }
      share.positions.push(i);
    }
    return shares;
  }

  #alone(run: Run): Promise<Committed> {
    const [first] = this.#lanes as readonly [Lane];
    const done = Promise.all(this.#lanes.map(({ tail }) => tail)).then(() => run(first.writer));
    const tail = done.catch(() => {});
    for (const lane of this.#lanes) lane.tail = tail;
    return done;
  }
}

type Run = (writer: Writer) => Promise<Committed>;

function runIn(lane: Lane, run: Run): Promise<Committed> {
  const done = lane.tail.then(() => run(lane.writer));
  lane.tail = done.catch(() => {});
  return done;
}

/**
 * Commits a share of a batch. What failed in an earlier share holds its author's later commands to that room back, as it
 * does within a share (P5).
 */
async function committedUnless(
  held: Set<string>,
  share: readonly Command[],
  writer: Writer,
): Promise<Committed> {
  const isHeld = share.map((command) => held.has(orderOf(command)));
  const rest = held.size === 0 ? share : share.filter((_, i) => !isHeld[i]);
  const { verdicts, feeds } = await writer.commit(rest);
  for (const [i, command] of rest.entries()) {
    const verdict = verdicts[i] as Verdict;
    if (isFault(verdict) && !FAULTS[verdict.fault].final) held.add(orderOf(command));
  }
  if (rest === share) return { verdicts, feeds };
  let at = 0;
  return { verdicts: isHeld.map((is) => (is ? fault("held") : (verdicts[at++] as Verdict))), feeds };
}

function orderOf({ actor, body }: Command): string {
  return `${actor.id} ${body.room}`;
}

/** Lanes meet in private feeds alone. */
function mergedFeeds(committed: readonly Committed[]): Committed["feeds"] {
  const feeds = new Map<FeedId, readonly WireEvent[]>();
  for (const { feed, events } of committed.flatMap((each) => each.feeds)) {
    const known = feeds.get(feed);
    feeds.set(feed, known ? [...known, ...events].sort((one, other) => one.seq - other.seq) : events);
  }
  return [...feeds].map(([feed, events]) => ({ feed, events }));
}

/** FNV-1a of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
