import { LOBBY, type Role, type RoomKind } from "@parley/sdk";
import type { RoomMembership } from "./page/use-membership.ts";

/** What the page shows of a room, to members and others. */
export type RoomDetails = {
  readonly id: string;
  readonly kind: RoomKind;
  readonly title: string;
  readonly topic: string;
  /** Null where it is not known yet. */
  readonly members: number | null;
  readonly peer: { readonly id: string; readonly name: string } | null;
  /** The reader's role; null for a user who is no member, and as long as it is not known. */
  readonly role: Role | null;
  /** Whether the reader is a member. */
  readonly mine: boolean;
  /** It is read and nothing is added. */
  readonly archived: boolean;
  /** The room that everybody is in. */
  readonly lobby: boolean;
};

/** The face of a room as far as it is known. */
export function detailsOf(
  id: string,
  standing: Extract<RoomMembership, { state: "member" | "outside" | "unsure" }>,
): RoomDetails {
  const lobby = id === LOBBY;
  switch (standing.state) {
    case "member": {
      const { kind, title, topic, members, peer, role, archived } = standing.room;
      return { id, kind, title, topic, members, peer, role, archived, mine: true, lobby };
    }
    case "outside": {
      const { kind, name, topic, members, peer, archived } = standing.room;
      const title = name ?? peer?.name ?? "Conversation";
      return { id, kind, title, topic, members, peer, role: null, archived, mine: false, lobby };
    }
    case "unsure": {
      const direct = id.startsWith("direct.");
      return {
        id,
        kind: direct ? "direct" : "public",
        title: lobby ? "Lobby" : direct ? "Conversation" : "Room",
        topic: "",
        members: null,
        peer: null,
        role: null,
        archived: false,
        mine: true,
        lobby,
      };
    }
  }
}
