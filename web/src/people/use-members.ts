import type { Member, Room } from "@parley/sdk";
import { useEffect, useState } from "react";
import { useConnection } from "../app/client.ts";
import { faultText } from "../ui/fault-words.ts";

export type Members =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly members: readonly Member[] }
  | { readonly state: "failed"; readonly text: string };

/** Who is in a room, asked for anew when their number changes or the connection comes back. Asks only while `wanted`. */
export function useMembers(room: Room, count: number | null, wanted: boolean): Members {
  const live = useConnection().state === "live";
  const [members, setMembers] = useState<Members>({ state: "loading" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another number or connection makes the answer an old one.
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    room.members().then(
      (found) => current && setMembers({ state: "ready", members: sorted(found) }),
      (error: unknown) =>
        current &&
        setMembers((before) =>
          before.state === "ready" ? before : { state: "failed", text: faultText(error) },
        ),
    );
    return () => {
      current = false;
    };
  }, [room, count, live, wanted]);
  return members;
}

const RANK = { owner: 0, moderator: 1, member: 2 } as const;

function sorted(members: readonly Member[]): Member[] {
  return members.toSorted(
    (one, other) => RANK[one.role] - RANK[other.role] || one.name.localeCompare(other.name),
  );
}
