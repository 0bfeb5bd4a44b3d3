import { LOBBY, type RoomKind } from "@parley/sdk";
import type { Standing } from "./use-standing.ts";

/** How a room presents itself, whoever looks at it. */
export type RoomFace = {
  readonly id: string;
  readonly kind: RoomKind;
  readonly title: string;
  readonly topic: string;
  /** Null where it is not known yet. */
  readonly members: number | null;
  readonly peer: { readonly id: string; readonly name: string } | null;
  /** Whether the reader is a member. */
  readonly mine: boolean;
};

/** The face of a room as far as it is known. */
export function faceOf(
  id: string,
  standing: Extract<Standing, { state: "member" | "outside" | "unsure" }>,
): RoomFace {
  switch (standing.state) {
    case "member": {
      const { kind, title, topic, members, peer } = standing.room;
      return { id, kind, title, topic, members, peer, mine: true };
    }
    case "outside": {
      const { kind, name, topic, members, peer } = standing.room;
      return { id, kind, title: name ?? peer?.name ?? "Conversation", topic, members, peer, mine: false };
    }
    case "unsure": {
      const direct = id.startsWith("direct.");
      const title = id === LOBBY ? "Lobby" : direct ? "Conversation" : "Room";
      return {
        id,
        kind: direct ? "direct" : "public",
        title,
        topic: "",
        members: null,
        peer: null,
        mine: true,
      };
    }
  }
}
