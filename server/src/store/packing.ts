import type { FeedId, Placed } from "@parley/protocol";
import type { Accepted, Committed, Verdict } from "./store.ts";

/** A verdict on its way between threads: an answer that places events of this batch is `[at, feed, event, feed, event …]`. */
type Packed = readonly number[] | Exclude<Verdict, readonly number[]>;

/**
 * What a batch came to, as one string. Ids and feeds of new events stand in it once, with the events; verdicts point
 * there by position.
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
  return JSON.stringify({ verdicts: packed, feeds });
}

export function unpack(text: string): Committed {
  const { verdicts, feeds } = JSON.parse(text) as { verdicts: Packed[]; feeds: Committed["feeds"] };
  return {
    feeds,
    verdicts: verdicts.map((packed) =>
      Array.isArray(packed) ? accepted(packed, feeds) : (packed as Verdict),
    ),
  };
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
