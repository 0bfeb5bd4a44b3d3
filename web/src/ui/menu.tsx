import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { useBackCloses } from "../app/use-back-closes.ts";
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
  useBackCloses(state.open === true, () => state.onOpenChange?.(false));
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

type MenuItemProps = ComponentProps<typeof DropdownMenu.Item> & {
  icon: ReactNode;
  danger?: boolean;
  /** The key that does the same without the menu. */
  shortcut?: string;
};

export function MenuItem({ icon, danger = false, shortcut, className, children, ...rest }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={cx(
        "flex cursor-pointer select-none items-center gap-3 rounded-xl px-3 py-2 text-sm outline-none data-disabled:cursor-default data-disabled:opacity-50 pointer-coarse:py-2.5",
        danger ? "text-danger data-highlighted:bg-danger-wash" : "text-ink data-highlighted:bg-hover",
        shortcut !== undefined &&
          "after:ml-auto after:pl-6 after:text-ink-faint after:text-xs after:content-[attr(data-shortcut)_/_''] pointer-coarse:after:hidden",
        className,
      )}
      {...(shortcut === undefined ? {} : { "data-shortcut": shortcut, "aria-keyshortcuts": shortcut })}
      {...rest}
    >
      <span aria-hidden="true" className="opacity-80">
        {icon}
      </span>
      {children}
    </DropdownMenu.Item>
  );
}

type MenuChoicesProps<T extends string> = {
  chosen: T;
  /** Each with what it is called. */
  choices: readonly (readonly [value: T, name: string])[];
  onChoose: (value: T) => void;
};

/** Several, of which one holds. */
export function MenuChoices<T extends string>({ chosen, choices, onChoose }: MenuChoicesProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={chosen}>
      {choices.map(([value, name]) => (
        <DropdownMenu.RadioItem
          key={value}
          value={value}
          onSelect={() => onChoose(value)}
          className="flex cursor-pointer select-none items-center gap-3 rounded-xl px-3 py-2 text-ink text-sm outline-none data-highlighted:bg-hover pointer-coarse:py-2.5"
        >
          <span aria-hidden="true" className="grid size-4 place-items-center text-accent-text">
            {value === chosen && <Check size={16} />}
          </span>
          {name}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

/** Between two parts of a menu; a label names the next part. */
export function MenuLine({ label }: { label?: string }) {
  return (
    <>
      <DropdownMenu.Separator className="mx-3 my-1.5 h-px bg-line" />
      {label !== undefined && (
        <DropdownMenu.Label className="px-3 pt-0.5 pb-1 font-medium text-ink-faint text-xs">
          {label}
        </DropdownMenu.Label>
      )}
    </>
  );
}
