import { type ComponentProps, type RefObject, useLayoutEffect } from "react";
import { cx } from "./classes.ts";

type GrowingTextProps = Omit<ComponentProps<"textarea">, "ref" | "rows" | "value"> & {
  ref: RefObject<HTMLTextAreaElement | null>;
  value: string;
};

/** A text field as high as its text, up to a part of the window; then it scrolls. */
export function GrowingText({ ref, value, className, ...rest }: GrowingTextProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const field = ref.current;
    if (field === null) return;
    field.style.height = "auto";
    const borders = field.offsetHeight - field.clientHeight;
    field.style.height = `${field.scrollHeight + borders}px`;
  }, [value, ref]);
  return (
    <textarea
      ref={ref}
      rows={1}
      value={value}
      dir="auto"
      className={cx(
        "max-h-[min(40dvh,20rem)] resize-none overflow-y-auto text-ink placeholder:text-ink-faint",
        className,
      )}
      {...rest}
    />
  );
}
