import { LOBBY } from "@parley/sdk";
import { useEffect, useState } from "react";
import { CreateRoomDialog } from "../rooms/dialogs/create-room-dialog.tsx";
import { BrowsePage } from "../rooms/list/browse-page.tsx";
import { Sidebar } from "../rooms/list/sidebar.tsx";
import { Switcher } from "../rooms/list/switcher.tsx";
import { RoomPage } from "../rooms/page/room-page.tsx";
import { SearchPage } from "../search/search-page.tsx";
import { cx } from "../ui/classes.ts";
import { ConnectionBanner } from "./connection-banner.tsx";
import { useBadge } from "./hooks/use-badge.ts";
import { useMedia, WIDE } from "./hooks/use-media.ts";
import { useOfflineProbe } from "./hooks/use-network.ts";
import { useSignalSubscriptions } from "./hooks/use-signal-subscriptions.ts";
import { navigate, useRoute } from "./navigation.ts";
import { NotFound } from "./not-found.tsx";
import { roomPath } from "./route.ts";
import { useNoFiles } from "./use-no-files.ts";

/** The first stop of the Tab key: past the list of rooms, to the open page. Seen only while it has the focus. */
function SkipLink() {
  return (
    <button
      type="button"
      onClick={() => document.querySelector<HTMLElement>("main")?.focus()}
      className="sr-only z-50 rounded-xl bg-accent px-4 py-2.5 font-medium text-on-accent text-sm focus:not-sr-only focus:fixed! focus:top-3 focus:left-3 focus:px-4! focus:py-2.5!"
    >
      Skip to the messages
    </button>
  );
}

/** The signed-in page: rooms on the left, the open one beside it. On a phone one of the two at a time. */
export function Shell() {
  const route = useRoute();
  const wide = useMedia(WIDE);
  const [creating, setCreating] = useState(false);
  const [switching, setSwitching] = useState(false);
  const open = route.page === "room" ? route.room : null;
  useSignalSubscriptions(open);
  useBadge(open);
  useOfflineProbe();
  useNoFiles();

  // Beside the list there is always a room; on a phone the list itself is home.
  const atHome = route.page === "home";
  useEffect(() => {
    if (atHome && wide) navigate(roomPath(LOBBY), { replace: true });
  }, [atHome, wide]);

  const alone = atHome && !wide;
  const ListPlace = alone ? "main" : "div";

  return (
    <div className="flex h-full">
      {!alone && <SkipLink />}
      <ListPlace className="contents">
        <Sidebar
          className={cx(!atHome && "hidden md:flex")}
          open={open}
          elsewhere={route.page === "browse" || route.page === "search" ? route.page : null}
          onCreate={() => setCreating(true)}
          onSwitch={() => setSwitching(true)}
          alone={alone}
        />
      </ListPlace>
      <div className={cx("min-w-0 grow flex-col md:py-2.5 md:pr-2.5", atHome ? "hidden md:flex" : "flex")}>
        <div className="relative flex min-h-0 grow flex-col overflow-hidden bg-sheet [--mark-gap:var(--sheet)] md:rounded-3xl md:shadow-sheet outline-none">
          {!alone && <ConnectionBanner room={open} />}
          {route.page === "room" && <RoomPage key={route.room} id={route.room} at={route.at} />}
          {route.page === "browse" && <BrowsePage onCreate={() => setCreating(true)} />}
          {route.page === "search" && <SearchPage wanted={route.wanted} />}
          {route.page === "unknown" && <NotFound />}
        </div>
      </div>
      <CreateRoomDialog open={creating} onOpenChange={setCreating} />
      <Switcher open={switching} onOpenChange={setSwitching} />
    </div>
  );
}
