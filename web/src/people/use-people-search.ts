import type { Client } from "@parley/sdk";
import { useEffect, useMemo, useState } from "react";
import { useClient, useConnection } from "../app/client.ts";
import { matching } from "../rooms/list/matching.ts";
import { faultText } from "../ui/fault-words.ts";

type Person = Awaited<ReturnType<Client["users"]>>["users"][number];
export type PeopleFound = {
  readonly people: readonly Person[];
  /** The answer to these letters is still on its way. */
  readonly busy: boolean;
  readonly fault: string | null;
};

/** How long somebody stops typing before the server is asked, in milliseconds. */
const SEARCH_DELAY = 150;

/** Everybody whose name holds these letters: the first page of them. */
export function usePeopleSearch(letters: string, wanted = true): PeopleFound {
  const client = useClient();
  const live = useConnection().state === "live";
  const [found, setFound] = useState<PeopleFound>({ people: [], busy: true, fault: null });
  const query = letters.trim();
  useEffect(() => {
    if (!wanted || !live) return;
    let current = true;
    setFound((before) => ({ ...before, busy: true }));
    const timer = setTimeout(
      () => {
        client.users({ limit: 50, ...(query === "" ? {} : { query }) }).then(
          ({ users }) => current && setFound({ people: users, busy: false, fault: null }),
          (error: unknown) => current && setFound({ people: [], busy: false, fault: faultText(error) }),
        );
      },
      query === "" ? 0 : SEARCH_DELAY,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, live, query, wanted]);
  // An answer to fewer letters is still shown while the next one is on its way, as far as it fits.
  const people = useMemo(() => matching(found.people, query, ({ name }) => name), [found.people, query]);
  return { ...found, people };
}
