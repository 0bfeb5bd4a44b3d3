import type { Client } from "@parley/sdk";
import { useCallback, useMemo } from "react";
import { useClient, useConnection } from "../app/client.ts";
import { TYPING_DELAY, usePagedQuery } from "../app/hooks/use-paged-query.ts";
import { matching } from "../rooms/list/matching.ts";

type Person = Awaited<ReturnType<Client["users"]>>["users"][number];
export type PeopleFound = {
  readonly people: readonly Person[];
  /** The answer to these letters is still on its way. */
  readonly busy: boolean;
  readonly fault: string | null;
};

/** All users whose name holds these letters: the first page of them. */
export function usePeopleSearch(letters: string, wanted = true): PeopleFound {
  const client = useClient();
  const live = useConnection().state === "live";
  const query = letters.trim();
  const load = useCallback(async () => {
    const { users } = await client.users({ limit: 50, ...(query === "" ? {} : { query }) });
    return { items: users, next: null };
  }, [client, query]);
  const delay = query === "" ? 0 : TYPING_DELAY;
  const { items, busy, fault } = usePagedQuery(load, { enabled: wanted && live, delay });
  // An answer to fewer letters is still shown while the next one is on its way, as far as it fits.
  const people = useMemo(
    () => (fault === null ? matching(items ?? [], query, ({ name }) => name) : []),
    [items, fault, query],
  );
  return { people, busy, fault };
}
