import { DropdownMenu } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./classes.ts";

type MenuProps = {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
  side?: "top" | "bottom";
  /** Whether it is open, where that is decided elsewhere too. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** The first choice takes the focus: for a menu that was opened by a key elsewhere. */
  focusFirst?: boolean;
  /** Where the focus goes afterwards, if not back to the trigger. */
  onCloseAutoFocus?: (event: Event) => void;
};

/** A menu below a button. Not modal: the library's modal form puts an inline style sheet into the page. */
export function Menu({
  trigger,
  children,
  align = "end",
  side = "bottom",
  onCloseAutoFocus,
  focusFirst = false,
  ...state
}: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} {...state}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          {...(onCloseAutoFocus ? { onCloseAutoFocus } : {})}
          onFocus={(event) => {
            if (!focusFirst || event.target !== event.currentTarget) return;
            event.currentTarget.querySelector<HTMLElement>("[role=menuitem]")?.focus();
          }}
          className="z-50 min-w-48 animate-appear rounded-2xl border border-line bg-raised p-1.5 shadow-raised"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

type MenuItemProps = ComponentProps<typeof DropdownMenu.Item> & { icon: ReactNode; danger?: boolean };

export function MenuItem({ icon, danger = false, children, ...rest }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={cx(
        "flex cursor-pointer select-none items-center gap-3 rounded-xl px-3 py-2 text-sm outline-none data-disabled:cursor-default data-disabled:opacity-50 pointer-coarse:py-2.5",
        danger ? "text-danger data-highlighted:bg-danger-wash" : "text-ink data-highlighted:bg-hover",
      )}
      {...rest}
    >
      <span aria-hidden="true" className="opacity-80">
        {icon}
      </span>
      {children}
    </DropdownMenu.Item>
  );
}
