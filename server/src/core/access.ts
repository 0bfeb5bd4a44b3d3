import type { Role, RoomKind } from "@parley/protocol";
import type { Actor } from "./command.ts";
import type { FeedFacts } from "./facts.ts";

/** The role of an actor in a room. `outsider` is signed in and not a member. */
export type ActorRole = Role | "outsider" | "walk_in";

/** Actions on a room that exists. A test compares the table in SPEC.md with this one. */
export const ACTIONS = [
  "preview",
  "join",
  "leave",
  "invite",
  "send",
  "edit_own",
  "delete_own",
  "edit_other",
  "delete_other",
  "react",
  "mark_read",
  "rename",
  "set_topic",
  "remove_member",
  "remove_officer",
  "change_role",
  "archive",
  "delete",
] as const;
export type Action = (typeof ACTIONS)[number];

const ANYONE: readonly ActorRole[] = ["outsider", "member", "moderator", "owner", "walk_in"];
const MEMBERS: readonly ActorRole[] = ["member", "moderator", "owner"];
const MODERATORS: readonly ActorRole[] = ["moderator", "owner"];
const OWNERS: readonly ActorRole[] = ["owner"];

/** Actions whose roles are the same in public and private rooms. */
const GOVERNED = {
  react: MEMBERS,
  mark_read: MEMBERS,
  rename: MODERATORS,
  set_topic: MODERATORS,
  remove_member: MODERATORS,
  remove_officer: OWNERS,
  change_role: OWNERS,
  archive: OWNERS,
  delete: OWNERS,
} as const;

type Access = { readonly [A in Action]: readonly ActorRole[] };

/** The roles that may perform each action, by kind of room. Joining again is allowed and changes nothing. */
export const ACCESS: { readonly [K in RoomKind]: Access } = {
  public: {
    preview: ANYONE,
    join: ["outsider", ...MEMBERS],
    leave: MEMBERS,
    invite: MEMBERS,
    send: [...MEMBERS, "walk_in"],
    edit_own: MEMBERS,
    delete_own: MEMBERS,
    edit_other: [],
    delete_other: MODERATORS,
    ...GOVERNED,
  },
  private: {
    preview: MEMBERS,
    join: MEMBERS,
    leave: MEMBERS,
    invite: MEMBERS,
    send: MEMBERS,
    edit_own: MEMBERS,
    delete_own: MEMBERS,
    edit_other: [],
    delete_other: MODERATORS,
    ...GOVERNED,
  },
  direct: {
    preview: MEMBERS,
    join: MEMBERS,
    leave: [],
    invite: [],
    send: MEMBERS,
    edit_own: MEMBERS,
    delete_own: MEMBERS,
    edit_other: [],
    delete_other: [],
    react: MEMBERS,
    mark_read: MEMBERS,
    rename: [],
    set_topic: [],
    remove_member: [],
    remove_officer: [],
    change_role: [],
    archive: [],
    delete: [],
  },
};

export function roleOf(actor: Actor, facts: FeedFacts): ActorRole {
  if (actor.walk_in) return "walk_in";
  return facts.members.get(actor.id) ?? "outsider";
}

export function may(action: Action, kind: RoomKind, who: ActorRole): boolean {
  return ACCESS[kind][action].includes(who);
}
