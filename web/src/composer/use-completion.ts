import { type KeyboardEvent, type RefObject, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useSelf } from "../app/client.ts";
import { useRoomPeople } from "../people/room-people.ts";
import { type Candidate, candidatesFor, completed, mentionAt } from "./completion.ts";

export type Completion = {
  readonly id: string;
  /** Empty while no mention is being typed. */
  readonly found: readonly Candidate[];
  readonly at: number;
  readonly choose: (candidate: Candidate) => void;
  /** True if the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
  /** The cursor has moved. */
  readonly onSelect: () => void;
  /** The attributes by which a screen reader connects the field and the list. */
  readonly aria: {
    readonly "aria-autocomplete": "list";
    readonly "aria-controls": string | undefined;
    readonly "aria-activedescendant": string | undefined;
  };
};

/** Names after an `@`: who can be meant, and choosing one with keys while the field keeps the focus. */
export function useCompletion(
  field: RefObject<HTMLTextAreaElement | null>,
  text: string,
  onText: (text: string) => void,
): Completion {
  const id = useId();
  const self = useSelf();
  const { members } = useRoomPeople();
  const [cursor, setCursor] = useState(0);
  const [at, setAt] = useState(0);
  /** The `@` whose list was sent away with Escape. */
  const [refused, setRefused] = useState<number | null>(null);
  const move = useRef<number | null>(null);

  const asked = useMemo(() => mentionAt(text, Math.min(cursor, text.length)), [text, cursor]);
  const found = useMemo(
    () =>
      asked === null || asked.start === refused
        ? []
        : candidatesFor(asked.letters, members, self?.id ?? null),
    [asked, refused, members, self?.id],
  );
  const chosen = Math.min(at, found.length - 1);

  useLayoutEffect(() => {
    if (move.current === null) return;
    field.current?.setSelectionRange(move.current, move.current);
    move.current = null;
  });

  const choose = ({ name }: Candidate) => {
    if (asked === null) return;
    const next = completed(text, asked, name);
    move.current = next.cursor;
    setCursor(next.cursor);
    setAt(0);
    onText(next.text);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const candidate = found[chosen];
    if (candidate === undefined) return false;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) setAt((chosen + step + found.length) % found.length);
    else if (event.key === "Escape") setRefused(asked?.start ?? null);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) choose(candidate);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const onSelect = () => {
    const now = field.current?.selectionStart ?? 0;
    if (now === cursor) return;
    setCursor(now);
    setAt(0);
    if (mentionAt(field.current?.value ?? "", now) === null) setRefused(null);
  };
  const open = found.length > 0;
  return {
    id,
    found,
    at: chosen,
    choose,
    onKeyDown,
    onSelect,
    aria: {
      "aria-autocomplete": "list",
      "aria-controls": open ? id : undefined,
      "aria-activedescendant": open ? `${id}-${chosen}` : undefined,
    },
  };
}
