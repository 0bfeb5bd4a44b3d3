import { LIMITS } from "@parley/sdk";
import { useCallback } from "react";
import { useRoomPeople } from "../people/room-people.ts";
import { mentionsIn } from "../text/mentions.ts";

/** Whom a text means, as the SDK wants to know it: the members that it names. */
export function useMentions(): (text: string) => { mentions: string[]; mentionsRoom: boolean } {
  const { members } = useRoomPeople();
  return useCallback((text: string) => mentionsIn(text, members, LIMITS.mentions), [members]);
}
