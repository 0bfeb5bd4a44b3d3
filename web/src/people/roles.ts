import type { Role, RoomKind } from "@parley/sdk";

/** What a role is called, for people. */
export const ROLE_NAMES: { readonly [role in Role]: string } = {
  owner: "Owner",
  moderator: "Moderator",
  member: "Member",
};

export type RoomPowers = {
  readonly rename: boolean;
  readonly archive: boolean;
  readonly destroy: boolean;
  readonly invite: boolean;
  readonly changeRoles: boolean;
  /** Delete what others wrote. */
  readonly moderate: boolean;
};

/** What a role may do in a room, as the server sees it: it is only shown here, and decided there. */
export function powersOf(kind: RoomKind, role: Role | null, lobby: boolean): RoomPowers {
  const governed = kind !== "direct";
  const officer = governed && (role === "owner" || role === "moderator");
  const owner = governed && role === "owner";
  return {
    rename: officer,
    archive: owner && !lobby,
    destroy: owner && !lobby,
    invite: governed && role !== null && !lobby,
    changeRoles: owner,
    moderate: officer,
  };
}

/** Whether a member with this role may remove one with that role. */
export function mayRemove(kind: RoomKind, role: Role | null, other: Role, lobby: boolean): boolean {
  if (kind === "direct" || lobby) return false;
  return role === "owner" || (role === "moderator" && other === "member");
}
