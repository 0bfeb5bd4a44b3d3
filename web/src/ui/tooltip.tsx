import { Tooltip } from "radix-ui";
import type { ReactElement } from "react";

type HintProps = { text: string; children: ReactElement };

/** Says more about a button, on hover and for who comes to it with the keyboard. */
export function Hint({ text, children }: HintProps) {
  return (
    <Tooltip.Root>
      {/* Not when a dialog gives the focus back after a press: only for who moves with the keyboard. */}
      <Tooltip.Trigger
        asChild
        onFocus={(event) => {
          if (!event.currentTarget.matches(":focus-visible")) event.preventDefault();
        }}
      >
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-64 animate-appear rounded-lg bg-ink px-2 py-1 text-sheet text-xs shadow-raised wrap-anywhere"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
