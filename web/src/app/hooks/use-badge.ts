import type { RoomView } from "@parley/sdk";
import { useEffect } from "react";
import { countText } from "../../text/counted.ts";
import { useClient } from "../client.ts";
import { useSelected } from "../observe.ts";

/** The title of the page and its icon show what is unread: the number of mentions, or that there is something. */
export function useBadge(open: string | null): void {
  const { rooms } = useClient();
  const title = useSelected(rooms, (all) => all.find((room) => room.id === open)?.title);
  const mark = useSelected(rooms, markOf);
  useEffect(() => {
    document.title = `${mark}${title === undefined ? "" : `${title} · `}Parley`;
  }, [title, mark]);

  const icon = mark.startsWith("(") ? "/favicon-unread.svg" : "/favicon.svg";
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link !== null && link.getAttribute("href") !== icon) link.setAttribute("href", icon);
  }, [icon]);
  // Who signs out leaves nothing behind.
  useEffect(() => () => document.querySelector("link[rel=icon]")?.setAttribute("href", "/favicon.svg"), []);
}

function markOf(rooms: readonly RoomView[]): string {
  const loud = rooms.reduce(
    (sum, { kind, read }) => sum + (kind === "direct" ? read.unread : read.mentions),
    0,
  );
  if (loud > 0) return `(${countText(loud)}) `;
  return rooms.some(({ read }) => read.unread > 0) ? "• " : "";
}
