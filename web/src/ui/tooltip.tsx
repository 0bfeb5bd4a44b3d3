import { Tooltip as RadixTooltip } from "radix-ui";
import type { ReactElement } from "react";

type TooltipProps = { text: string; children: ReactElement };

/** Says more about a button, on hover and for who comes to it with the keyboard. */
export function Tooltip({ text, children }: TooltipProps) {
  return (
    <RadixTooltip.Root>
      {/* Not when a dialog gives the focus back after a press: only for who moves with the keyboard. */}
      <RadixTooltip.Trigger
        asChild
        onFocus={(event) => {
          if (!event.currentTarget.matches(":focus-visible")) event.preventDefault();
        }}
      >
        {children}
      </RadixTooltip.Trigger>
      <RadixTooltip.Portal>
        <RadixTooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-64 animate-appear rounded-lg bg-ink px-2 py-1 text-sheet text-xs shadow-raised wrap-anywhere"
        >
          {text}
        </RadixTooltip.Content>
      </RadixTooltip.Portal>
    </RadixTooltip.Root>
  );
}
