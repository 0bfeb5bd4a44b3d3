import { CircleAlert } from "lucide-react";
import { cx } from "./classes.ts";

type FaultTextProps = { text: string | null; id?: string; className?: string };

/** What went wrong, where it went wrong. Read aloud when it appears. */
export function FaultText({ text, id, className }: FaultTextProps) {
  return (
    <div role="alert" id={id} className="empty:hidden">
      {text !== null && (
        <p className={cx("flex items-start gap-2 text-danger text-sm", className)}>
          <CircleAlert size={16} aria-hidden="true" className="mt-0.5 shrink-0" />
          <span>{text}</span>
        </p>
      )}
    </div>
  );
}
