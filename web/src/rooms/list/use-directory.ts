import type { RoomEntry } from "@parley/sdk";
import { useCallback } from "react";
import { useClient, useRooms } from "../../app/client.ts";
import { type PagedQuery, TYPING_DELAY, usePagedQuery } from "../../app/hooks/use-paged-query.ts";

export type Directory = Omit<PagedQuery<RoomEntry>, "items"> & {
  readonly state: "loading" | "ready" | "failed";
  readonly rooms: readonly RoomEntry[];
};

/** The public rooms whose names hold these letters, page by page. */
export function useDirectory(letters: string): Directory {
  const client = useClient();
  const mine = useRooms().length;
  const query = letters.trim();
  const load = useCallback(
    async (cursor: string | null) => {
      const { rooms, next } = await client.directory({
        ...(query === "" ? {} : { query }),
        ...(cursor === null ? {} : { cursor }),
      });
      return { items: rooms.filter(({ kind }) => kind === "public"), next };
    },
    [client, query],
  );
  const { items, ...rest } = usePagedQuery(load, { delay: query === "" ? 0 : TYPING_DELAY, revision: mine });
  return {
    ...rest,
    state: items !== null ? "ready" : rest.fault !== null ? "failed" : "loading",
    rooms: items ?? [],
  };
}
