import type { TimelineItem } from "@parley/sdk";
import { useState } from "react";
import { PersonCard } from "../../people/person-card.tsx";
import { useStop } from "../../text/stops.ts";

/** The author's name; that of another user opens a card with a way to write to them. */
export function PersonName({ item }: { item: TimelineItem }) {
  const stop = useStop();
  const [open, setOpen] = useState(false);
  if (item.own || item.walkIn) {
    return (
      <span className="truncate font-semibold" dir="auto">
        {item.name}
        {item.walkIn && <span className="ml-2 font-normal text-ink-faint text-xs">old client</span>}
      </span>
    );
  }
  const name = (
    <button
      type="button"
      tabIndex={stop}
      onClick={open ? undefined : () => setOpen(true)}
      className="truncate rounded font-semibold hover:underline hover:underline-offset-2"
    >
      <span dir="auto">{item.name}</span>
    </button>
  );
  return open ? (
    <PersonCard open id={item.author} name={item.name} trigger={name} onOpenChange={setOpen} />
  ) : (
    name
  );
}
