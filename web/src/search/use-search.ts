import type { Client } from "@parley/sdk";
import { useCallback, useEffect } from "react";
import { useClient, useConnection } from "../app/client.ts";
import { usePagedQuery } from "../app/hooks/use-paged-query.ts";
import type { Wanted } from "../app/route.ts";

export type Hit = Awaited<ReturnType<Client["search"]>>["hits"][number];

export type Search = {
  /** Null while nothing is asked for, and until the first answer. */
  readonly hits: readonly Hit[] | null;
  readonly busy: boolean;
  readonly fault: string | null;
  readonly hasMore: boolean;
  readonly more: () => void;
};

/** Hits in a page. */
const PAGE = 20;
const DAY = 86_400_000;

/** Messages that hold all words, newest first, page by page. */
export function useSearch(wanted: Wanted): Search {
  const client = useClient();
  const live = useConnection().state === "live";
  const blank = wanted.text.trim() === "";
  const load = useCallback(
    async (cursor: number | null) => {
      const options = { ...optionsOf(wanted), limit: PAGE, ...(cursor === null ? {} : { cursor }) };
      const { hits, next } = await client.search(options);
      return { items: hits, next };
    },
    [client, wanted],
  );
  const query = usePagedQuery<Hit, number>(load, { enabled: !blank && live });
  const { items, fault, hasMore, more, forget } = query;
  useEffect(() => {
    if (blank) forget();
  }, [blank, forget]);
  const busy = !blank && live && query.busy;
  return { hits: items, busy, fault: busy ? null : fault, hasMore, more };
}

function optionsOf({ text, room, author, from, to }: Wanted) {
  const begin = dayStart(from);
  const end = dayStart(to);
  return {
    query: text,
    ...(room === "" ? {} : { room }),
    ...(author === "" ? {} : { author }),
    ...(begin === null ? {} : { after: begin }),
    // The day itself belongs to it; noon of the next day hits that day also where a clock was changed in between.
    ...(end === null ? {} : { before: startOfDay(end + 1.5 * DAY) }),
  };
}

/** Midnight in the reader's zone, in milliseconds UTC; null for what is no day. */
function dayStart(day: string): number | null {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return null;
  const at = new Date(year, month - 1, date).getTime();
  return at >= 0 ? at : null;
}

function startOfDay(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
