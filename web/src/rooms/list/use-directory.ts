import type { RoomEntry } from "@parley/sdk";
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient, useConnection, useRooms } from "../../app/client.ts";
import { faultText } from "../../ui/fault-words.ts";

export type Directory = {
  readonly state: "loading" | "ready" | "failed";
  readonly rooms: readonly RoomEntry[];
  readonly fault: string | null;
  /** An answer is on its way. */
  readonly busy: boolean;
  /** There are more of them. */
  readonly hasMore: boolean;
  readonly more: () => void;
  readonly again: () => void;
};

type LoadedRooms = { rooms: readonly RoomEntry[]; next: string | null };

/** How long somebody stops typing before the server is asked, in milliseconds. */
const SEARCH_DELAY = 150;

/** The public rooms whose names hold these letters, page by page; asked for anew when the connection comes back. */
export function useDirectory(letters: string): Directory {
  const client = useClient();
  const live = useConnection().state === "live";
  const mine = useRooms().length;
  const [known, setKnown] = useState<LoadedRooms | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const query = letters.trim();
  /** Counts questions: an answer to an earlier one comes too late. */
  const question = useRef(0);

  const ask = useCallback(
    async (cursor: string | null, before: readonly RoomEntry[]) => {
      question.current += 1;
      const asked = question.current;
      setBusy(true);
      try {
        const { rooms, next } = await client.directory({
          ...(query === "" ? {} : { query }),
          ...(cursor === null ? {} : { cursor }),
        });
        if (asked !== question.current) return;
        setKnown({ rooms: [...before, ...rooms.filter(({ kind }) => kind === "public")], next });
        setFault(null);
      } catch (error) {
        if (asked === question.current) setFault(faultText(error));
      }
      if (asked === question.current) setBusy(false);
    },
    [client, query],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of these makes the answer an old one.
  useEffect(() => {
    const timer = setTimeout(() => ask(null, []), query === "" ? 0 : SEARCH_DELAY);
    return () => {
      clearTimeout(timer);
      question.current += 1;
    };
  }, [ask, live, mine, attempt]);

  return {
    state: fault !== null && known === null ? "failed" : known === null ? "loading" : "ready",
    rooms: known?.rooms ?? [],
    fault,
    busy,
    hasMore: known !== null && known.next !== null,
    more: () => known !== null && ask(known.next, known.rooms),
    again: () => setAttempt(attempt + 1),
  };
}
