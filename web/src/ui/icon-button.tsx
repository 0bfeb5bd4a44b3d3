import { Tooltip } from "radix-ui";
import type { ComponentProps } from "react";
import { cx } from "./classes.ts";

/** How a button that is only an icon looks. */
export const ICON_BUTTON =
  "inline-grid size-9 shrink-0 place-items-center rounded-xl text-ink-soft transition-colors hover:bg-hover hover:text-ink disabled:cursor-not-allowed disabled:opacity-50 pointer-coarse:size-10";

type IconButtonProps = Omit<ComponentProps<"button">, "aria-label" | "title"> & { label: string };

/** A button that is only an icon: its label is read aloud and shown beside it on hover and focus. */
export function IconButton({ label, className, type = "button", ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      {/* Not when a dialog gives the focus back after a press: only for who moves with the keyboard. */}
      <Tooltip.Trigger
        asChild
        onFocus={(event) => {
          if (!event.currentTarget.matches(":focus-visible")) event.preventDefault();
        }}
      >
        <button type={type} aria-label={label} className={cx(ICON_BUTTON, className)} {...rest} />
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 animate-appear rounded-lg bg-ink px-2 py-1 text-sheet text-xs shadow-raised"
        >
          {label}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
