import { CloudAlert } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/classes.ts";
import { EmptyState } from "../../ui/empty-state.tsx";

const WIDTHS = ["w-2/3", "w-1/3", "w-5/6", "w-1/2", "w-3/4"];

/** The shape of messages, until they come. */
export function TimelinePlaceholders() {
  return (
    <div
      aria-hidden="true"
      className="mx-auto flex w-full max-w-3xl grow animate-breathe flex-col justify-end gap-5 px-4 py-4"
    >
      {WIDTHS.map((width) => (
        <div key={width} className="flex gap-3">
          <span className="size-9 shrink-0 rounded-full rounded-bl-[22%] bg-line/60" />
          <div className="flex grow flex-col gap-2 pt-1">
            <span className="h-3 w-24 rounded-full bg-line/60" />
            <span className={cx("h-3 rounded-full bg-line/40", width)} />
          </div>
        </div>
      ))}
    </div>
  );
}

export function TimelineFault({ text, onAgain }: { text: string | undefined; onAgain: () => void }) {
  return (
    <EmptyState
      icon={<CloudAlert size={28} aria-hidden="true" />}
      title="The messages did not load"
      text={text ?? "The server did not answer."}
    >
      <Button look="primary" onClick={onAgain}>
        Try again
      </Button>
    </EmptyState>
  );
}
