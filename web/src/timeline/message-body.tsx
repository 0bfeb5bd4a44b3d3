import type { TimelineItem } from "@parley/sdk";
import type { ReactNode } from "react";
import { useSelf } from "../app/client.ts";
import { useNamed } from "../people/room-people.ts";
import { RichText } from "../text/rich-text.tsx";
import { fullTime } from "../text/time.ts";
import { cx } from "../ui/classes.ts";

type MessageBodyProps = { item: TimelineItem; onLook: (item: TimelineItem) => void };

/** What a message says. */
export function MessageBody({ item, onLook }: MessageBodyProps) {
  if (item.deleted) return <p className="text-ink-faint text-sm italic">This message was deleted.</p>;
  const tail =
    item.editedAt === null ? undefined : (
      <button
        type="button"
        tabIndex={-1}
        title={`Edited ${fullTime(item.editedAt)}. Press for what it said before.`}
        onClick={() => onLook(item)}
        className="ml-1.5 whitespace-nowrap rounded font-normal text-ink-faint text-xs hover:text-ink hover:underline hover:underline-offset-2"
      >
        (edited)
      </button>
    );
  return (
    <div
      className={cx(
        (item.state === "pending" || item.changing !== null) && "animate-dim",
        item.state === "failed" && "text-ink-soft",
      )}
    >
      <div data-body="">
        {item.mentions.length > 0 || item.mentionsRoom ? (
          <MeaningText item={item} tail={tail} />
        ) : (
          <RichText text={item.text} tail={tail} />
        )}
      </div>
    </div>
  );
}

/** A text that means people: only these ask who is who. */
function MeaningText({ item, tail }: { item: TimelineItem; tail: ReactNode }) {
  const people = useNamed(item.mentions);
  const self = useSelf();
  return (
    <RichText text={item.text} people={people} room={item.mentionsRoom} self={self?.id ?? null} tail={tail} />
  );
}
