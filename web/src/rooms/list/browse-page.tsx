import { ArrowLeft, CloudAlert, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { useArrival } from "../../app/hooks/use-arrival.ts";
import { HOME } from "../../app/route.ts";
import { Button } from "../../ui/button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Field } from "../../ui/field.tsx";
import { Link } from "../../ui/link.tsx";
import { BrowseRow } from "./browse-row.tsx";
import { useDirectory } from "./use-directory.ts";

/** All public rooms, to look into and to join. */
export function BrowsePage({ onCreate }: { onCreate: () => void }) {
  const [filter, setFilter] = useState("");
  const main = useRef<HTMLElement>(null);
  useArrival(main);
  const directory = useDirectory(filter);
  const { rooms } = directory;
  return (
    <main
      ref={main}
      tabIndex={-1}
      aria-label="Browse rooms"
      className="flex min-h-0 grow flex-col outline-none"
    >
      <header className="flex min-h-16 shrink-0 items-center gap-1 border-line border-b px-2 pt-[env(safe-area-inset-top)] md:px-4">
        <Link
          to={HOME}
          aria-label="Back to my rooms"
          className="grid size-10 shrink-0 place-items-center rounded-xl text-ink-soft hover:bg-hover md:hidden"
        >
          <ArrowLeft size={20} aria-hidden="true" />
        </Link>
        <h1 className="grow px-1 font-semibold md:px-2">Browse rooms</h1>
        <Button small look="primary" onClick={onCreate}>
          <Plus size={16} aria-hidden="true" /> Create a room
        </Button>
      </header>
      <div className="min-h-0 grow overflow-y-auto px-4 py-5 md:px-6">
        <div className="mx-auto flex max-w-3xl flex-col gap-4">
          <Field
            label="Find a public room"
            type="search"
            placeholder="Part of its name"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
          {directory.state === "loading" && (
            <p className="animate-breathe p-3 text-ink-faint text-sm">Loading…</p>
          )}
          {directory.state === "failed" && directory.fault !== null && (
            <EmptyState
              icon={<CloudAlert size={28} aria-hidden="true" />}
              title="The list did not load"
              text={directory.fault}
            >
              <Button look="primary" onClick={directory.again}>
                Try again
              </Button>
            </EmptyState>
          )}
          <ul className="flex flex-col divide-y divide-line">
            {rooms.map((room) => (
              <BrowseRow key={room.id} room={room} />
            ))}
          </ul>
          {directory.hasMore && (
            <Button small className="self-center" disabled={directory.busy} onClick={directory.more}>
              {directory.busy ? "Loading…" : "More rooms"}
            </Button>
          )}
          <p role="status" className="p-3 text-ink-faint text-sm empty:hidden">
            {directory.state === "ready" &&
              !directory.busy &&
              rooms.length === 0 &&
              "No public room has this name."}
          </p>
        </div>
      </div>
    </main>
  );
}
