import type { ReactNode } from "react";

/** A page or a panel with nothing in it: why, and what can be done. */
export function EmptyState({
  icon,
  title,
  text,
  children,
  whole = false,
}: {
  icon: ReactNode;
  title: string;
  text: ReactNode;
  children?: ReactNode;
  /** Where it is the whole page, its title is the page's. */
  whole?: boolean;
}) {
  const Title = whole ? "h1" : "h2";
  return (
    <div className="m-auto flex max-w-sm flex-col items-center gap-3 p-8 text-center">
      <span className="grid size-16 place-items-center rounded-full rounded-bl-[22%] bg-accent-wash text-accent-text">
        {icon}
      </span>
      <Title className="mt-1 font-semibold text-lg">{title}</Title>
      <p className="text-ink-soft text-sm">{text}</p>
      {children !== undefined && <div className="mt-2">{children}</div>}
    </div>
  );
}
