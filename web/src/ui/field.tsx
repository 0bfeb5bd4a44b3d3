import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./classes.ts";
import { FaultText } from "./fault-text.tsx";

type FieldProps = Omit<ComponentProps<"input">, "id" | "className"> & {
  label: string;
  hint?: ReactNode;
  fault?: string | null;
};

/** A line of text with its label, and with what is wrong with it. */
export function Field({ label, hint, fault = null, ...rest }: FieldProps) {
  const id = useId();
  const described = [fault !== null && `${id}-fault`, hint !== undefined && `${id}-hint`]
    .filter(Boolean)
    .join(" ");
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={fault !== null}
        aria-describedby={described || undefined}
        className={cx(
          "h-11 w-full rounded-xl border bg-sheet px-3.5 text-base text-ink placeholder:text-ink-faint focus-visible:outline-offset-0",
          fault === null ? "border-line-strong" : "border-danger focus-visible:outline-danger",
        )}
        {...rest}
      />
      <FaultText id={`${id}-fault`} text={fault} />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-ink-faint text-xs">
          {hint}
        </p>
      )}
    </div>
  );
}
