import { useCallback, useEffect, useRef, useState } from "react";
import { faultText } from "../../ui/fault-words.ts";
import { useConnection } from "../client.ts";

/** A page of an answer; `next` is the cursor of the next one, null at the end. */
export type QueryPage<Item, Cursor> = { readonly items: readonly Item[]; readonly next: Cursor | null };

export type PagedQuery<Item> = {
  /** All loaded pages in one; null before the first answer. They stay while a new query is on its way. */
  readonly items: readonly Item[] | null;
  /** An answer is on its way, or waits for the connection. */
  readonly busy: boolean;
  /** Why the last request failed, in words for the user. */
  readonly fault: string | null;
  readonly hasMore: boolean;
  /** Loads the next page. */
  readonly more: () => void;
  /** Asks for the first page again. */
  readonly again: () => void;
  /** Drops what was loaded. */
  readonly forget: () => void;
};

type PagedQueryOptions = {
  /** Nothing is asked without it. */
  readonly enabled?: boolean;
  /** How long the input has to be still before the server is asked, in milliseconds. */
  readonly delay?: number;
  /** With another value the answer is outdated, and asked for again. */
  readonly revision?: number;
};

/** How long a user stops typing before the server is asked, in milliseconds. */
export const TYPING_DELAY = 150;

/**
 * A query that is answered page by page. It is asked anew when `load` is another function, so the caller memoizes it, and
 * when the connection comes back.
 */
export function usePagedQuery<Item, Cursor>(
  load: (cursor: Cursor | null) => Promise<QueryPage<Item, Cursor>>,
  { enabled = true, delay = 0, revision = 0 }: PagedQueryOptions = {},
): PagedQuery<Item> {
  const live = useConnection().state === "live";
  const [known, setKnown] = useState<QueryPage<Item, Cursor> | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const [attempt, setAttempt] = useState(0);
  /** Counts requests: an answer to an earlier one comes too late. */
  const request = useRef(0);

  const ask = useCallback(
    async (cursor: Cursor | null, before: readonly Item[]) => {
      request.current += 1;
      const asked = request.current;
      setBusy(true);
      try {
        const { items, next } = await load(cursor);
        if (asked !== request.current) return;
        setKnown({ items: [...before, ...items], next });
        setFault(null);
      } catch (error) {
        if (asked === request.current) setFault(faultText(error));
      }
      if (asked === request.current) setBusy(false);
    },
    [load],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these makes the answer an old one.
  useEffect(() => {
    if (!enabled) return;
    setBusy(true);
    const timer = setTimeout(() => void ask(null, []), delay);
    return () => {
      clearTimeout(timer);
      request.current += 1;
    };
  }, [ask, enabled, live, revision, attempt]);

  return {
    items: known?.items ?? null,
    busy,
    fault,
    hasMore: known !== null && known.next !== null,
    more: () => known !== null && void ask(known.next, known.items),
    again: () => setAttempt(attempt + 1),
    forget: useCallback(() => setKnown(null), []),
  };
}
