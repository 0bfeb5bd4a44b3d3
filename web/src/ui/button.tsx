import type { ComponentProps } from "react";
import { cx } from "./classes.ts";

const LOOKS = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover disabled:bg-line disabled:text-ink-faint",
  plain: "border border-line-strong/50 bg-raised text-ink hover:bg-hover-sheet disabled:text-ink-faint",
  quiet: "text-ink-soft hover:bg-hover hover:text-ink disabled:text-ink-faint",
  danger: "bg-danger text-on-danger hover:bg-danger-hover disabled:bg-line disabled:text-ink-faint",
} as const;

type ButtonProps = ComponentProps<"button"> & { look?: keyof typeof LOOKS; small?: boolean };

export function Button({ look = "plain", small = false, className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={cx(
        "inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-xl font-medium transition-colors disabled:cursor-not-allowed",
        small ? "h-8 px-3 text-[0.8125rem]" : "h-10 px-4 text-sm",
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  );
}
