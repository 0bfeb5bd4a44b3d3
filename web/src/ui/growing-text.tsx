import { type ComponentProps, type RefObject, useLayoutEffect, useRef } from "react";
import { cx } from "./classes.ts";

type GrowingTextProps = Omit<ComponentProps<"textarea">, "ref" | "rows" | "value"> & {
  ref: RefObject<HTMLTextAreaElement | null>;
  value: string;
};

/** Browsers that give a field the height of its text themselves. */
const SIZES_ITSELF = CSS.supports("field-sizing", "content");

/**
 * A text field as high as its text, up to a part of the window; then it scrolls. Its own height is never taken away to
 * measure it: for that moment everything around it would have another height, and what scrolls another position.
 */
export function GrowingText({ ref, value, className, ...rest }: GrowingTextProps) {
  const copy = useRef<HTMLTextAreaElement>(null);
  const look = cx(
    "max-h-[min(40dvh,20rem)] resize-none overflow-y-auto text-ink placeholder:text-ink-faint",
    SIZES_ITSELF && "field-sizing-content",
    className,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const field = ref.current;
    const measure = copy.current;
    if (field === null || measure === null) return;
    measure.style.width = `${field.offsetWidth}px`;
    const borders = field.offsetHeight - field.clientHeight;
    field.style.height = `${measure.scrollHeight + borders}px`;
  }, [value, ref]);
  return (
    <>
      <textarea ref={ref} rows={1} value={value} dir="auto" className={look} {...rest} />
      {!SIZES_ITSELF && (
        <textarea
          ref={copy}
          rows={1}
          value={value}
          dir="auto"
          readOnly
          aria-hidden="true"
          tabIndex={-1}
          className={cx(look, "pointer-events-none invisible absolute h-0! min-h-0!")}
        />
      )}
    </>
  );
}
