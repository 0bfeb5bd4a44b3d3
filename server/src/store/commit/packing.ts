import type { FeedId, Placed, WireEvent } from "@parley/protocol";
import { textToWire } from "../base/event-text.ts";
import type { Accepted, Committed, Verdict } from "../store.ts";

/**
 * The first line of a packed batch. Almost every verdict accepts one event of the batch: three numbers in `placed`, its
 * feed, its event (both by position) and its time, counted from `at`. A verdict of another kind is three numbers, too (-1,
 * its position in `others`, 0), and is there as JSON.
 */
type Header = {
  readonly at: number;
  readonly placed: readonly number[];
  readonly others: readonly Verdict[];
  readonly lists: readonly List[];
};

const OTHER = -1;

type FeedShare = Committed["feeds"][number];

/** A feed of the batch: its id and the seq of its first new event. */
type List = readonly [feed: FeedId, first: number];

/**
 * What a batch came to, as one string: a line of JSON, then a section for each feed behind an empty line: the texts of its
 * events, a line each (JSON holds no line breaks). A feed of a batch has at least one event. One thread makes the texts and
 * the other passes them on; neither reads them. Verdicts point at their events by position.
 */
export function pack(committed: Committed): string {
  return packVerdicts(committed) + packEvents(committed.feeds);
}

/** The first line alone. `feeds` are those of the batch, which `packEvents` gets too; the verdicts may be some of it. */
export function packVerdicts({ verdicts, feeds }: Committed): string {
  const places = new Map<FeedId, { readonly index: number; readonly first: number }>();
  for (const [index, { feed, events }] of feeds.entries()) {
    places.set(feed, { index, first: events[0]?.seq ?? 0 });
  }
  const placed: number[] = [];
  const others: Verdict[] = [];
  const [first] = verdicts;
  const at = first && "at" in first ? first.at : 0;
  for (const verdict of verdicts) {
    if (!("fault" in verdict || verdict.duplicate) && verdict.placed.length === 1) {
      const { feed, seq } = verdict.placed[0] as Placed;
      const place = places.get(feed);
      if (place) {
        placed.push(place.index, seq - place.first, verdict.at - at);
        continue;
      }
    }
    placed.push(OTHER, others.length, 0);
    others.push(verdict);
  }
  const lists = feeds.map(({ feed, events }): List => [feed, events[0]?.seq ?? 0]);
  return JSON.stringify({ at, placed, others, lists } satisfies Header);
}

/** The sections behind the first line. */
export function packEvents(feeds: Committed["feeds"]): string {
  let text = "";
  for (const { events } of feeds) {
    let section = "";
    for (const event of events) section += `\n${event.text}`;
    text += `\n${section}`;
  }
  return text;
}

export function unpack(text: string): Committed {
  const sections = text.split("\n\n");
  const { at, placed, others, lists } = JSON.parse(sections[0] as string) as Header;
  const feeds = lists.map((list, i) => ({
    feed: list[0],
    events: eventsOf(list, sections[i + 1] as string, text),
  }));
  const verdicts: Verdict[] = [];
  for (let i = 0; i < placed.length; i += 3) {
    const [index, position, time] = [placed[i], placed[i + 1], placed[i + 2]] as [number, number, number];
    if (index === OTHER) verdicts.push(others[position] as Verdict);
    else verdicts.push(accepted(feeds[index] as FeedShare, position, at + time));
  }
  return { feeds, verdicts };
}

/** The events of a packed batch, of the feeds that are wanted; the texts of the others are not looked at. */
export function unpackEvents(text: string, wants: (feed: FeedId) => boolean): Committed["feeds"] {
  const sections = text.split("\n\n");
  const { lists } = JSON.parse(sections[0] as string) as Header;
  const feeds: FeedShare[] = [];
  for (const [i, list] of lists.entries()) {
    const [feed] = list;
    if (wants(feed)) feeds.push({ feed, events: eventsOf(list, sections[i + 1] as string, text) });
  }
  return feeds;
}

/** The events of one section of the whole text. */
function eventsOf([, first]: List, section: string, whole: string): WireEvent[] {
  const own = 2 * section.length < whole.length ? detached(section) : section;
  return own.split("\n").map((each, n) => textToWire(first + n, each));
}

/**
 * The same text with bytes of its own. A section is a view into the whole batch and keeps all of it in memory: for a room
 * that is quiet, in whose ring an event stays long, that would be thousands of times what the event needs. The lines of a
 * section are views into it, and leave the ring of their room one after the other. About 0.1 us a section. An operator and a slice would not do: the runtime sees through them and makes a view again.
 */
function detached(text: string): string {
  return ["", text].join(" ").trimStart();
}

function accepted({ feed, events }: FeedShare, position: number, at: number): Accepted {
  const { seq, id } = events[position] as WireEvent;
  return { placed: [{ feed, seq, id }], at, duplicate: false };
}
