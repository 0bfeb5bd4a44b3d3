import type { TimelineItem } from "@parley/sdk";
import { fullTime, timeOfDay } from "../../text/time.ts";
import { PersonName } from "./person-name.tsx";

/** Who wrote, and when: above the first message of a run. */
export function MessageHead({ item }: { item: TimelineItem }) {
  return (
    <div className="flex items-baseline gap-2 leading-snug">
      <PersonName item={item} />
      <time
        dateTime={new Date(item.at).toISOString()}
        title={fullTime(item.at)}
        className="shrink-0 text-ink-faint text-xs tabular-nums"
      >
        {timeOfDay(item.at)}
      </time>
    </div>
  );
}
