import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useRooms } from "../app/client.ts";
import { navigate } from "../app/navigation.ts";
import { roomPath } from "../app/route.ts";
import { cx } from "../ui/classes.ts";
import { Dialog } from "../ui/dialog.tsx";
import { matching } from "./matching.ts";
import { RoomIcon } from "./room-icon.tsx";

type SwitcherProps = { open: boolean; onOpenChange: (open: boolean) => void };

/** Control or Command and K: type a few letters, Enter, and be in another room. */
export function Switcher({ open, onOpenChange }: SwitcherProps) {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const modified = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!modified || event.key.toLowerCase() !== "k") return;
      event.preventDefault();
      onOpenChange(!open);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [open, onOpenChange]);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Go to a room">
      <Choices onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function Choices({ onDone }: { onDone: () => void }) {
  const list = useId();
  const rooms = useRooms();
  const [filter, setFilter] = useState("");
  const [at, setAt] = useState(0);
  const found = matching(rooms, filter, (room) => room.title).slice(0, 8);
  const chosen = found[Math.min(at, found.length - 1)];

  const go = (room: string) => {
    onDone();
    navigate(roomPath(room));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((Math.min(at, found.length - 1) + step + found.length) % Math.max(found.length, 1));
    } else if (event.key === "Enter" && chosen) {
      event.preventDefault();
      go(chosen.id);
    }
  };

  return (
    <div className="flex min-h-0 flex-col gap-3 p-4">
      <input
        role="combobox"
        aria-label="Name of the room"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined}
        autoComplete="off"
        value={filter}
        onChange={(event) => {
          setFilter(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        className="h-11 rounded-xl border border-line-strong bg-sheet px-3.5 text-base focus-visible:outline-offset-0"
      />
      <div id={list} role="listbox" aria-label="Rooms" className="min-h-0 overflow-y-auto">
        {found.map((room) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field, which keeps the focus.
          <div
            key={room.id}
            id={`${list}-${room.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={room === chosen}
            onClick={() => go(room.id)}
            className={cx(
              "flex h-11 cursor-pointer items-center gap-2.5 rounded-xl px-3 hover:bg-hover",
              room === chosen && "bg-accent-wash text-accent-text",
            )}
          >
            <RoomIcon kind={room.kind} peer={room.peer} />
            <span className="truncate" dir="auto">
              {room.title}
            </span>
          </div>
        ))}
        {found.length === 0 && (
          <p className="p-3 text-ink-faint text-sm">None of your rooms is called like that.</p>
        )}
      </div>
    </div>
  );
}
