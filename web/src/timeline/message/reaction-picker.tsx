import { Popover } from "radix-ui";
import { type KeyboardEvent, type ReactNode, useRef, useState } from "react";
import { COMMON, lastGrapheme } from "./emoji.ts";

/** Emoji in a row; the arrow keys need to know. */
const COLUMNS = 8;

type ReactionPickerProps = {
  /** What it hangs on. */
  anchor: ReactNode;
  onPick: (emoji: string) => void;
  onClose: () => void;
  /** It is closed: the focus needs a place. */
  onClosed: () => void;
};

/** Common emoji, and a field for any other. Open as long as it exists. */
export function ReactionPicker({ anchor, onPick, onClose, onClosed }: ReactionPickerProps) {
  const grid = useRef<HTMLFieldSetElement>(null);
  const [at, setAt] = useState(0);
  const [own, setOwn] = useState("");
  const pick = (emoji: string) => {
    onPick(emoji);
    onClose();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    const to = at + step;
    if (to < 0 || to >= COMMON.length) return;
    event.preventDefault();
    setAt(to);
    grid.current?.querySelectorAll<HTMLElement>("button")[to]?.focus();
  };
  return (
    <Popover.Root
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Popover.Anchor asChild>{anchor}</Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          aria-label="React"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            onClosed();
          }}
          className="z-50 w-76 max-w-[calc(100vw-1rem)] animate-appear rounded-2xl border border-line bg-raised p-2 shadow-raised outline-none"
        >
          <fieldset
            ref={grid}
            aria-label="Common reactions"
            onKeyDown={onKeyDown}
            className="grid grid-cols-8"
          >
            {COMMON.map(([emoji, name], index) => (
              <button
                key={emoji}
                type="button"
                aria-label={name}
                title={name}
                tabIndex={index === at ? 0 : -1}
                onFocus={() => setAt(index)}
                onClick={() => pick(emoji)}
                className="grid aspect-square place-items-center rounded-xl text-xl hover:bg-hover focus-visible:-outline-offset-2"
              >
                {emoji}
              </button>
            ))}
          </fieldset>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (own !== "") pick(own);
            }}
            className="mt-1.5 flex items-center gap-2 border-line border-t pt-2"
          >
            <input
              aria-label="Any other emoji"
              placeholder="Any other emoji"
              value={own}
              onChange={(event) => setOwn(lastGrapheme(event.target.value))}
              className="h-9 min-w-0 grow rounded-xl border border-line-strong bg-sheet px-3 text-base placeholder:text-ink-faint placeholder:text-sm focus-visible:outline-offset-0"
            />
            <button
              type="submit"
              disabled={own === ""}
              className="h-9 shrink-0 rounded-xl bg-accent px-3.5 font-medium text-on-accent text-sm transition-colors hover:bg-accent-hover disabled:bg-line disabled:text-ink-faint"
            >
              React
            </button>
          </form>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

const STEPS: { readonly [key: string]: number } = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -COLUMNS,
  ArrowDown: COLUMNS,
};
