import type { ComponentProps } from "react";
import { cx } from "./classes.ts";
import { Tooltip } from "./tooltip.tsx";

/** How a button that is only an icon looks. */
export const ICON_BUTTON =
  "inline-grid size-9 shrink-0 place-items-center rounded-xl text-ink-soft transition-colors hover:bg-hover hover:text-ink disabled:cursor-not-allowed disabled:opacity-50 pointer-coarse:size-10";

type IconButtonProps = Omit<ComponentProps<"button">, "aria-label" | "title"> & { label: string };

/** A button that is only an icon: its label is read aloud and shown beside it on hover and focus. */
export function IconButton({ label, className, type = "button", ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label}>
      <button type={type} aria-label={label} className={cx(ICON_BUTTON, className)} {...rest} />
    </Tooltip>
  );
}
