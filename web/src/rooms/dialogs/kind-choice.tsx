import type { ReactNode } from "react";

type Kind = "public" | "private";

type KindChoiceProps = {
  value: Kind;
  chosen: Kind;
  onChoose: (kind: Kind) => void;
  icon: ReactNode;
  label: string;
  text: string;
};

/** A radio button as a card. */
export function KindChoice({ value, chosen, onChoose, icon, label, text }: KindChoiceProps) {
  return (
    <label className="flex cursor-pointer flex-col gap-1 rounded-2xl border border-line-strong p-3.5 transition-colors hover:bg-hover-sheet has-checked:border-accent has-checked:bg-accent-wash has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2">
      <input
        type="radio"
        name="kind"
        value={value}
        checked={chosen === value}
        onChange={() => onChoose(value)}
        className="sr-only"
      />
      <span className="flex items-center gap-2 font-medium text-sm">
        <span aria-hidden="true">{icon}</span>
        {label}
      </span>
      <span className="text-ink-soft text-xs">{text}</span>
    </label>
  );
}
