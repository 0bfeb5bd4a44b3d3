import type { Member, Room } from "@parley/sdk";
import { createContext, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useConnection } from "../app/client.ts";
import type { Named } from "../text/mentions.ts";
import { faultText } from "../ui/fault-words.ts";

/** The members of the open room: for the list of them, for completion and for the names in mentions. */
export type RoomPeople = {
  readonly state: "loading" | "ready" | "failed";
  /** Owners first, then by name. */
  readonly members: readonly Member[];
  readonly byId: ReadonlyMap<string, Member>;
  readonly fault: string | null;
};

const NO_PEOPLE: RoomPeople = { state: "loading", members: [], byId: new Map(), fault: null };
/** Where people come and go all the time the list is asked for again this often, in milliseconds. */
const RETRY_DELAY = 2_000;

const RoomPeopleContext = createContext<RoomPeople>(NO_PEOPLE);

export const RoomPeopleProvider = RoomPeopleContext.Provider;

export function useRoomPeople(): RoomPeople {
  return useContext(RoomPeopleContext);
}

/** Those of these ids whose names are known: the same list as long as they are, however often the members are read anew. */
export function useNamed(ids: readonly string[]): readonly Named[] {
  const { byId } = useRoomPeople();
  const last = useRef<readonly Named[]>([]);
  return useMemo(() => {
    const named = ids.flatMap((id) => byId.get(id) ?? []);
    const same =
      named.length === last.current.length &&
      named.every(({ id, name }, at) => last.current[at]?.id === id && last.current[at]?.name === name);
    if (!same) last.current = named;
    return last.current;
  }, [ids, byId]);
}

/** Loads the members of a room, and again when `changes` is another value or the connection is back. */
export function useMembersOf(room: Room, changes: string, wanted: boolean): RoomPeople {
  const live = useConnection().state === "live";
  const [people, setPeople] = useState(NO_PEOPLE);
  const first = people.state !== "ready";
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` makes the answer an old one.
  useEffect(() => {
    if (!wanted || !live) return;
    let current = true;
    const ask = () =>
      room.members().then(
        (found) => current && setPeople(ready(found)),
        (error: unknown) =>
          current &&
          setPeople((before) =>
            before.state === "ready" ? before : { ...NO_PEOPLE, state: "failed", fault: faultText(error) },
          ),
      );
    const timer = setTimeout(
      ask,
      first ? 0 : RETRY_DELAY / 10 + Math.min(RETRY_DELAY, people.members.length * 4),
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [room, changes, live, wanted]);
  return people;
}

const byName = new Intl.Collator(undefined, { numeric: true });
const RANK = { owner: 0, moderator: 1, member: 2 } as const;

function ready(found: readonly Member[]): RoomPeople {
  const members = found.toSorted(
    (one, other) => RANK[one.role] - RANK[other.role] || byName.compare(one.name, other.name),
  );
  return {
    state: "ready",
    members,
    byId: new Map(members.map((member) => [member.id, member])),
    fault: null,
  };
}
