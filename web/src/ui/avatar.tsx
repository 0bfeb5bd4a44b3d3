import { initials, personColour } from "../text/person.ts";
import { cx } from "./classes.ts";

const SIZES = {
  small: "size-6 text-[0.625rem]",
  medium: "size-9 text-xs",
  large: "size-14 text-lg",
} as const;

const DOTS = { small: "size-2.5", medium: "size-3", large: "size-4" } as const;

export type AvatarProps = {
  id: string;
  name: string;
  size?: keyof typeof SIZES;
  /** A dot shows that the user is online. */
  online?: boolean;
};

/** A person as a drop of colour with initials. Hidden from screen readers: the name is beside it. */
export function Avatar({ id, name, size = "medium", online = false }: AvatarProps) {
  return (
    <span aria-hidden="true" className="relative inline-grid shrink-0">
      <span
        className={cx(
          "inline-grid select-none place-items-center rounded-full rounded-bl-[22%] font-semibold text-on-person tracking-wide",
          SIZES[size],
        )}
        style={{ backgroundColor: personColour(id) }}
      >
        {initials(name)}
      </span>
      {online && (
        <span
          data-online=""
          className={cx(
            "-right-0.5 -bottom-0.5 absolute rounded-full border-2 border-(--dot-gap,var(--sheet)) bg-online",
            DOTS[size],
          )}
        />
      )}
    </span>
  );
}
