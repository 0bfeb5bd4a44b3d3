import { type ReactNode, useId } from "react";
import { useRooms } from "../app/client.ts";
import type { Wanted } from "../app/route.ts";
import { PersonField } from "./person-field.tsx";

type SearchFiltersProps = { wanted: Wanted; onChange: (change: Partial<Wanted>) => void };

const FIELD =
  "h-10 w-full min-w-0 rounded-xl border border-line-strong bg-sheet px-3 text-base text-ink focus-visible:outline-offset-0 md:text-sm";

/** Where, by whom, and when: each narrows the search at once. */
export function SearchFilters({ wanted, onChange }: SearchFiltersProps) {
  const rooms = useRooms();
  const known = wanted.room === "" || rooms.some(({ id }) => id === wanted.room);
  return (
    <div className="grid grid-cols-2 gap-x-3 gap-y-2.5 lg:grid-cols-4">
      <Filter label="In">
        {(id) => (
          <select
            id={id}
            value={wanted.room}
            onChange={(event) => onChange({ room: event.target.value })}
            className={FIELD}
          >
            <option value="">All my rooms</option>
            {!known && <option value={wanted.room}>This room</option>}
            {rooms.map((room) => (
              <option key={room.id} value={room.id}>
                {room.title}
              </option>
            ))}
          </select>
        )}
      </Filter>
      <Filter label="By">
        {(id) => (
          <PersonField
            id={id}
            person={wanted.author}
            className={FIELD}
            onChange={(author) => onChange({ author })}
          />
        )}
      </Filter>
      <Filter label="From">
        {(id) => (
          <input
            id={id}
            type="date"
            value={wanted.from}
            max={wanted.to || undefined}
            onChange={(event) => onChange({ from: event.target.value })}
            className={FIELD}
          />
        )}
      </Filter>
      <Filter label="To">
        {(id) => (
          <input
            id={id}
            type="date"
            value={wanted.to}
            min={wanted.from || undefined}
            onChange={(event) => onChange({ to: event.target.value })}
            className={FIELD}
          />
        )}
      </Filter>
    </div>
  );
}

function Filter({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-ink-faint text-xs">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
