import type { ComponentProps, MouseEvent } from "react";
import { navigate } from "../app/navigation.ts";

type LinkProps = Omit<ComponentProps<"a">, "href"> & { to: string };

/** A link inside the page: a real address, followed without loading anew. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const elsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.defaultPrevented || elsewhere) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={to} onClick={follow} {...rest} />;
}

/** A link that looks like the button that leads on. */
export const BUTTON_LINK =
  "inline-flex h-10 items-center rounded-xl bg-accent px-4 font-medium text-on-accent text-sm transition-colors hover:bg-accent-hover";
