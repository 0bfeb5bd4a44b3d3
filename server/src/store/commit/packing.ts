import type { FeedId, Placed, WireEvent } from "@parley/protocol";
import { textToWire } from "../base/event-text.ts";
import type { Accepted, Committed, Verdict } from "../store.ts";

/** A verdict on its way between threads: an answer that places events of this batch is `[at, feed, event, feed, event …]`. */
type Packed = readonly number[] | Exclude<Verdict, readonly number[]>;

/** A feed of the batch: its id and the seq of its first new event. */
type List = readonly [feed: FeedId, first: number];

/**
 * What a batch came to, as one string: a line of JSON, then a section for each feed behind an empty line: the texts of its
 * events, a line each (JSON holds no line breaks). A feed of a batch has at least one event. The texts are made by one thread and passed on by the other, and nobody reads them in between; verdicts point
 * at their events by position.
 */
export function pack({ verdicts, feeds }: Committed): string {
  const places = new Map<FeedId, { readonly index: number; readonly first: number }>();
  for (const [index, { feed, events }] of feeds.entries()) {
    places.set(feed, { index, first: events[0]?.seq ?? 0 });
  }
  const packed = verdicts.map((verdict): Packed => {
    if ("fault" in verdict || verdict.duplicate || verdict.placed.length === 0) return verdict;
    const numbers = [verdict.at];
    for (const { feed, seq } of verdict.placed) {
      const place = places.get(feed);
      if (!place) return verdict;
      numbers.push(place.index, seq - place.first);
    }
    return numbers;
  });
  const lists = feeds.map(({ feed, events }) => [feed, events[0]?.seq ?? 0]);
  let text = JSON.stringify({ verdicts: packed, lists });
  for (const { events } of feeds) {
    let section = "";
    for (const event of events) section += `\n${event.text}`;
    text += `\n${section}`;
  }
  return text;
}

export function unpack(text: string): Committed {
  const sections = text.split("\n\n");
  const { verdicts, lists } = JSON.parse(sections[0] as string) as { verdicts: Packed[]; lists: List[] };
  const feeds = lists.map(([feed, first], i) => {
    const section = sections[i + 1] as string;
    const own = 2 * section.length < text.length ? detached(section) : section;
    const events: WireEvent[] = own.split("\n").map((each, n) => textToWire(first + n, each));
    return { feed, events };
  });
  return {
    feeds,
    verdicts: verdicts.map((packed) =>
      Array.isArray(packed) ? accepted(packed, feeds) : (packed as Verdict),
    ),
  };
}

/**
 * The same text with bytes of its own. A section is a view into the whole batch and keeps all of it in memory: for a room
 * that is quiet, in whose ring an event stays long, that would be thousands of times what the event needs. The lines of a
 * section are views into it, and leave the ring of their room one after the other. About 0.1 us a section. An operator and a slice would not do: the runtime sees through them and makes a view again.
 */
function detached(text: string): string {
  return ["", text].join(" ").trimStart();
}

function accepted(numbers: readonly number[], feeds: Committed["feeds"]): Accepted {
  const placed: Placed[] = [];
  for (let i = 1; i < numbers.length; i += 2) {
    const { feed, events } = feeds[numbers[i] as number] as Committed["feeds"][number];
    const { seq, id } = events[numbers[i + 1] as number] as (typeof events)[number];
    placed.push({ feed, seq, id });
  }
  return { placed, at: numbers[0] as number, duplicate: false };
}
