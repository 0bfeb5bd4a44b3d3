import type { RoomView } from "@parley/sdk";
import { TextSearch } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { useRooms, useSelf } from "../../app/client.ts";
import { navigate } from "../../app/navigation.ts";
import { roomPath, searchPath } from "../../app/route.ts";
import { PersonAvatar } from "../../people/person-avatar.tsx";
import { useDirect } from "../../people/use-direct.ts";
import { usePeopleSearch } from "../../people/use-people-search.ts";
import { cx } from "../../ui/classes.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { matching } from "./matching.ts";
import { RoomIcon } from "./room-icon.tsx";
import { UnreadBadge } from "./room-link.tsx";

type SwitcherProps = { open: boolean; onOpenChange: (open: boolean) => void };

/** Control or Command and K: type a few letters, Enter, and be with another room or person. */
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
    <Dialog open={open} onOpenChange={onOpenChange} title="Go to a room or a person">
      <Choices onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

/** Rooms, and people, that are shown. */
const ROOMS = 8;
const PEOPLE = 6;

type Choice = { readonly key: string; readonly go: () => void; readonly content: ReactNode };

function Choices({ onDone }: { onDone: () => void }) {
  const list = useId();
  const [letters, setLetters] = useState("");
  const [at, setAt] = useState(0);
  const choices = useChoices(letters);
  const chosen = Math.min(at, choices.length - 1);
  const box = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another choice may lie out of sight.
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [chosen, choices]);

  const go = (choice: Choice) => {
    onDone();
    choice.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const choice = choices[chosen];
    if (step !== 0 && choices.length > 0) {
      event.preventDefault();
      setAt((chosen + step + choices.length) % choices.length);
    } else if (event.key === "Enter" && choice) {
      event.preventDefault();
      go(choice);
    }
  };

  return (
    <div className="flex min-h-0 flex-col gap-3 p-4 sm:h-112">
      <input
        role="combobox"
        aria-label="Name of a room or a person"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={choices[chosen] ? `${list}-${chosen}` : undefined}
        autoComplete="off"
        placeholder="Name of a room or a person"
        value={letters}
        onChange={(event) => {
          setLetters(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        className="h-11 shrink-0 rounded-xl border border-line-strong bg-sheet px-3.5 text-base placeholder:text-ink-faint focus-visible:outline-offset-0"
      />
      <div
        ref={box}
        id={list}
        role="listbox"
        aria-label="Rooms and people"
        className="min-h-0 overflow-y-auto"
      >
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are taken by the field, which keeps the focus.
          <div
            key={choice.key}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => go(choice)}
            className={cx(
              "flex h-10 cursor-pointer items-center gap-2.5 rounded-xl px-3 pointer-coarse:h-12 [--dot-gap:var(--raised)]",
              index === chosen ? "bg-accent-wash text-accent-text" : "hover:bg-hover-sheet",
            )}
          >
            {choice.content}
          </div>
        ))}
      </div>
    </div>
  );
}

/** What the letters lead to: my rooms, those with something unread first; people; and a search for the letters. */
function useChoices(letters: string): readonly Choice[] {
  const rooms = useRooms();
  const self = useSelf();
  const talk = useDirect();
  const { people } = usePeopleSearch(letters);
  return useMemo(() => {
    const found = matching(rooms.toSorted(byNeed), letters, (room) => room.title).slice(0, ROOMS);
    const known = new Set(rooms.flatMap(({ peer }) => peer?.id ?? []));
    const others = people.filter(({ id }) => id !== self?.id && !known.has(id)).slice(0, PEOPLE);
    const query = letters.trim();
    return [
      ...found.map((room) => ({
        key: room.id,
        go: () => navigate(roomPath(room.id)),
        content: (
          <>
            <RoomIcon kind={room.kind} peer={room.peer} archived={room.archived} />
            <span className="min-w-0 grow truncate" dir="auto">
              {room.title}
            </span>
            <UnreadBadge room={room} />
          </>
        ),
      })),
      ...others.map(({ id, name }) => ({
        key: id,
        go: () => void talk(id),
        content: (
          <>
            <PersonAvatar id={id} name={name} size="small" />
            <span className="min-w-0 grow truncate" dir="auto">
              {name}
            </span>
            <span className="shrink-0 text-ink-faint text-xs">send a message</span>
          </>
        ),
      })),
      ...(query === ""
        ? []
        : [
            {
              key: "search",
              go: () => navigate(searchPath({ text: query })),
              content: (
                <>
                  <TextSearch size={17} aria-hidden="true" className="mx-[3.5px] shrink-0" />
                  <span className="min-w-0 truncate">Search messages for “{query}”</span>
                </>
              ),
            },
          ]),
    ];
  }, [rooms, people, letters, self, talk]);
}

/** What means the reader, then what is unread, then the rest as it was. */
function byNeed(one: RoomView, other: RoomView): number {
  return need(other) - need(one);
}

function need({ read, kind }: RoomView): number {
  if (read.unread === 0) return 0;
  return read.mentions > 0 || kind === "direct" ? 2 : 1;
}
