import { dayLabel } from "../../text/time.ts";

/** Where another day begins. No heading: a feed holds articles and nothing else that has a role (WAI-ARIA 1.2). */
export function DayRow({ at }: { at: number }) {
  return (
    <div className="mx-auto mt-5 mb-1 flex max-w-3xl items-center gap-3 px-4 before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
      <span className="font-medium text-ink-soft text-xs">{dayLabel(at, Date.now())}</span>
    </div>
  );
}
