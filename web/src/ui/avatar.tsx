import { initials, personColour } from "../text/person.ts";
import { cx } from "./classes.ts";

const SIZES = {
  small: "size-6 text-[0.625rem]",
  medium: "size-9 text-xs",
  large: "size-14 text-lg",
} as const;

/** A person as a drop of colour with initials. Says nothing to a screen reader: the name stands beside it. */
export function Avatar({
  id,
  name,
  size = "medium",
}: {
  id: string;
  name: string;
  size?: keyof typeof SIZES;
}) {
  return (
    <span
      aria-hidden="true"
      className={cx(
        "inline-grid shrink-0 select-none place-items-center rounded-full rounded-bl-[22%] font-semibold text-on-person tracking-wide",
        SIZES[size],
      )}
      style={{ backgroundColor: personColour(id) }}
    >
      {initials(name)}
    </span>
  );
}
