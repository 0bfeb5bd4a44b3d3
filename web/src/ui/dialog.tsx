import { X } from "lucide-react";
import { Dialog as Primitive } from "radix-ui";
import type { ReactNode } from "react";
import { useBackCloses } from "../app/use-back-closes.ts";
import { cx } from "./classes.ts";
import { IconButton } from "./icon-button.tsx";

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** In the middle, or along the right edge. */
  place?: "middle" | "side";
  children: ReactNode;
};

/**
 * A layer over the page that keeps the focus and closes with Escape.
 * The veil is our own: the library's one locks scrolling with an inline style sheet, which the page's policy forbids.
 */
export function Dialog({ open, onOpenChange, title, description, place = "middle", children }: DialogProps) {
  useBackCloses(open, () => onOpenChange(false));
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <div className="fixed inset-0 z-40 animate-appear bg-scrim" aria-hidden="true" />
        <Primitive.Content
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          onOpenAutoFocus={(event) => {
            // A list that is still loading has nothing to focus but the way out.
            if (place === "middle") return;
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          className={cx(
            "fixed z-40 flex flex-col bg-raised shadow-raised outline-none [--mark-gap:var(--raised)]",
            place === "middle"
              ? "inset-x-0 bottom-0 max-h-[92dvh] animate-rise rounded-t-3xl pb-[env(safe-area-inset-bottom)] sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[27rem] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-3xl"
              : "inset-y-0 right-0 w-[min(20rem,88vw)] animate-enter-right rounded-l-3xl",
          )}
        >
          <div
            className={cx("flex min-h-9 items-center pt-4 pr-14", place === "side" ? "pb-3 pl-5" : "pl-6")}
          >
            <Primitive.Title className="grow font-semibold text-lg">{title}</Primitive.Title>
          </div>
          {description !== undefined && (
            <Primitive.Description className="px-6 pt-1 text-ink-soft text-sm">
              {description}
            </Primitive.Description>
          )}
          {children}
          {/* Last, so that the focus begins with what the dialog is about. */}
          <Primitive.Close asChild>
            <IconButton label="Close" className="absolute top-3.5 right-3">
              <X size={18} aria-hidden="true" />
            </IconButton>
          </Primitive.Close>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
