import type { Client } from "@parley/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient, useConnection } from "../app/client.ts";
import type { Wanted } from "../app/route.ts";
import { faultText } from "../ui/fault-words.ts";

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
  const [found, setFound] = useState<{ hits: readonly Hit[]; next: number | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  /** Counts questions: an answer to an earlier one comes too late. */
  const question = useRef(0);

  const ask = useCallback(
    async (cursor: number | null, before: readonly Hit[]) => {
      question.current += 1;
      const asked = question.current;
      setBusy(true);
      setFault(null);
      try {
        const { hits, next } = await client.search({
          ...optionsOf(wanted),
          limit: PAGE,
          ...(cursor === null ? {} : { cursor }),
        });
        if (asked === question.current) setFound({ hits: [...before, ...hits], next });
      } catch (error) {
        if (asked === question.current) setFault(faultText(error));
      }
      if (asked === question.current) setBusy(false);
    },
    [client, wanted],
  );

  useEffect(() => {
    if (wanted.text.trim() === "" || !live) {
      if (wanted.text.trim() === "") setFound(null);
      return;
    }
    void ask(null, []);
    return () => {
      question.current += 1;
    };
  }, [ask, wanted, live]);

  return {
    hits: found?.hits ?? null,
    busy,
    fault,
    hasMore: found !== null && found.next !== null,
    more: () => found !== null && void ask(found.next, found.hits),
  };
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
