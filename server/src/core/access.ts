import type { Role, RoomKind } from "@parley/protocol";
import type { Actor } from "./command.ts";
import type { FeedFacts } from "./facts.ts";

/** How somebody stands to a room. `outsider` is signed in and not a member. */
export type Standing = Role | "outsider" | "walk_in";

/** What can be asked of a room that exists. The table in SPEC.md is compared with this one by a test. */
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

const EVERYBODY: readonly Standing[] = ["outsider", "member", "moderator", "owner", "walk_in"];
const MEMBERS: readonly Standing[] = ["member", "moderator", "owner"];
const OFFICERS: readonly Standing[] = ["moderator", "owner"];
const OWNERS: readonly Standing[] = ["owner"];

/** What is the same in public and private rooms. */
const GOVERNED = {
  react: MEMBERS,
  mark_read: MEMBERS,
  rename: OFFICERS,
  set_topic: OFFICERS,
  remove_member: OFFICERS,
  remove_officer: OWNERS,
  change_role: OWNERS,
  archive: OWNERS,
  delete: OWNERS,
} as const;

type Access = { readonly [A in Action]: readonly Standing[] };

/** Who may do what, by kind of room. Joining what one is in already is allowed and changes nothing. */
export const ACCESS: { readonly [K in RoomKind]: Access } = {
  public: {
    preview: EVERYBODY,
    join: ["outsider", ...MEMBERS],
    leave: MEMBERS,
    invite: MEMBERS,
    send: [...MEMBERS, "walk_in"],
    edit_own: MEMBERS,
    delete_own: MEMBERS,
    edit_other: [],
    delete_other: OFFICERS,
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
    delete_other: OFFICERS,
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

export function standing(actor: Actor, facts: FeedFacts): Standing {
  if (actor.walk_in) return "walk_in";
  return facts.members.get(actor.id) ?? "outsider";
}

export function may(action: Action, kind: RoomKind, who: Standing): boolean {
  return ACCESS[kind][action].includes(who);
}
