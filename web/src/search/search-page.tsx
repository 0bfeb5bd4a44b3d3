import { ArrowLeft, Search as SearchIcon } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useRooms } from "../app/client.ts";
import { useArrival } from "../app/hooks/use-arrival.ts";
import { navigate } from "../app/navigation.ts";
import { HOME, roomPath, searchPath, type Wanted } from "../app/route.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty-state.tsx";
import { FaultText } from "../ui/fault-text.tsx";
import { Link } from "../ui/link.tsx";
import { termsOf } from "./highlight.ts";
import { HitRow } from "./hit-row.tsx";
import { SearchFilters } from "./search-filters.tsx";
import { useSearch } from "./use-search.ts";

/** How long a user stops typing before the search changes, in milliseconds. */
const SEARCH_DELAY = 250;

/** Finding messages. The address holds what is looked for, so that "back" from a message leads to the same list. */
export function SearchPage({ wanted }: { wanted: Wanted }) {
  const main = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(wanted.text);
  const search = useSearch(wanted);
  const rooms = useRooms();
  const terms = useMemo(() => termsOf(wanted.text), [wanted.text]);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  useArrival(main);

  // Back and forward change what is wanted under the field.
  const sent = useRef(wanted.text);
  useEffect(() => {
    if (wanted.text === sent.current) return;
    sent.current = wanted.text;
    setText(wanted.text);
  }, [wanted.text]);
  const change = (next: Partial<Wanted>) => {
    const all = { ...wanted, text, ...next };
    sent.current = all.text;
    navigate(searchPath(all), { replace: true });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed waits.
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => change({ text }), SEARCH_DELAY);
    return () => clearTimeout(timer);
  }, [text]);

  const { hits } = search;
  return (
    <main
      ref={main}
      tabIndex={-1}
      aria-label="Search messages"
      className="flex min-h-0 grow flex-col outline-none"
    >
      <header className="flex min-h-16 shrink-0 items-center gap-1 border-line border-b px-2 pt-[env(safe-area-inset-top)] md:px-4">
        <Link
          to={wanted.room === "" ? HOME : roomPath(wanted.room)}
          aria-label={wanted.room === "" ? "Back to my rooms" : "Back to the room"}
          className={`grid size-10 shrink-0 place-items-center rounded-xl text-ink-soft hover:bg-hover ${wanted.room === "" ? "md:hidden" : ""}`}
        >
          <ArrowLeft size={20} aria-hidden="true" />
        </Link>
        <h1 className="grow px-1 font-semibold md:px-2">Search messages</h1>
      </header>
      <div className="min-h-0 grow overflow-y-auto px-3 py-4 md:px-6">
        <div className="mx-auto flex max-w-3xl flex-col gap-4">
          <search>
            <form
              className="flex flex-col gap-3"
              onSubmit={(event) => {
                event.preventDefault();
                change({ text });
              }}
            >
              <div className="relative">
                <SearchIcon
                  size={18}
                  aria-hidden="true"
                  className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-3.5 text-ink-faint"
                />
                <input
                  ref={field}
                  type="search"
                  aria-label="Search for"
                  placeholder="Search for"
                  value={text}
                  maxLength={200}
                  enterKeyHint="search"
                  onChange={(event) => setText(event.target.value)}
                  className="h-11 w-full rounded-xl border border-line-strong bg-sheet pr-3.5 pl-10.5 text-base placeholder:text-ink-faint focus-visible:outline-offset-0"
                />
              </div>
              <SearchFilters wanted={wanted} onChange={change} />
            </form>
          </search>
          <FaultText text={search.fault} />
          {hits === null ? (
            search.busy ? (
              <p className="animate-breathe px-3 text-ink-faint text-sm">Loading…</p>
            ) : (
              search.fault === null && (
                <EmptyState
                  icon={<SearchIcon size={26} aria-hidden="true" />}
                  title="Search all your messages"
                  text={
                    <>
                      All words must be there. <q>Two words</q> in quotes are next to each other, and{" "}
                      <code>wor*</code> is the beginning of a word.
                    </>
                  }
                />
              )
            )
          ) : (
            <>
              <p role="status" className="px-3 text-ink-faint text-sm">
                {hits.length === 0 && !search.busy && "Nothing found. Try fewer words or other dates."}
                {hits.length > 0 &&
                  `${hits.length}${search.hasMore ? " newest" : ""} ${hits.length === 1 ? "message" : "messages"}`}
              </p>
              <ol className="flex flex-col gap-0.5">
                {hits.map((hit) => (
                  <HitRow
                    key={hit.message.id}
                    hit={hit}
                    terms={terms}
                    direct={rooms.find(({ id }) => id === hit.room)?.peer ?? null}
                  />
                ))}
              </ol>
              {search.hasMore && (
                <Button className="self-center" disabled={search.busy} onClick={search.more}>
                  {search.busy ? "Loading…" : "Older ones"}
                </Button>
              )}
            </>
          )}
        </div>
      </div>
    </main>
  );
}
