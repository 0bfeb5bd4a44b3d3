import type { TimelineItem } from "@parley/sdk";
import { type ReactNode, useMemo } from "react";
import { useSelf } from "../../app/client.ts";
import { useNamed } from "../../people/room-people.ts";
import { LongText } from "../../text/long-text.tsx";
import { useStop } from "../../text/stops.ts";
import { fullTime } from "../../text/time.ts";
import { cx } from "../../ui/classes.ts";

type MessageBodyProps = { item: TimelineItem; onLook: (item: TimelineItem) => void };

/** The text of a message. */
export function MessageBody({ item, onLook }: MessageBodyProps) {
  // The same element as long as the message is the same: else its text would be drawn anew with everything around it.
  const tail = useMemo(
    () => (item.editedAt === null ? undefined : <Edited item={item} at={item.editedAt} onLook={onLook} />),
    [item, onLook],
  );
  if (item.deleted) return <p className="text-ink-faint text-sm italic">This message was deleted.</p>;
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
          <LongText text={item.text} tail={tail} />
        )}
      </div>
    </div>
  );
}

type EditedProps = MessageBodyProps & { at: number };

function Edited({ item, at, onLook }: EditedProps) {
  const stop = useStop();
  return (
    <button
      type="button"
      tabIndex={stop}
      title={`Edited ${fullTime(at)}. Press for what it said before.`}
      onClick={() => onLook(item)}
      className="ml-1.5 whitespace-nowrap rounded font-normal text-ink-faint text-xs hover:text-ink hover:underline hover:underline-offset-2"
    >
      (edited)
    </button>
  );
}

/** A text that means people: only these ask who is who. */
function MeaningText({ item, tail }: { item: TimelineItem; tail: ReactNode }) {
  const people = useNamed(item.mentions);
  const self = useSelf();
  return (
    <LongText text={item.text} people={people} room={item.mentionsRoom} self={self?.id ?? null} tail={tail} />
  );
}
