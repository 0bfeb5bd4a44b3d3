import type { Member, Room } from "@parley/sdk";
import { Ellipsis, MessageCircle, UserMinus } from "lucide-react";
import { useState } from "react";
import { useClient } from "../app/client.ts";
import { ensureLive } from "../app/ensure-live.ts";
import type { RoomDetails } from "../rooms/details.ts";
import { cx } from "../ui/classes.ts";
import { Confirm } from "../ui/confirm.tsx";
import { faultText } from "../ui/fault-words.ts";
import { ICON_BUTTON } from "../ui/icon-button.tsx";
import { Menu, MenuChoices, MenuItem, MenuLine } from "../ui/menu.tsx";
import { notify } from "../ui/notices.ts";
import { PersonAvatar } from "./person-avatar.tsx";
import { PersonCard } from "./person-card.tsx";
import { mayRemove, powersOf, ROLE_NAMES } from "./roles.ts";
import { useDirect } from "./use-direct.ts";

const ROLES = (["owner", "moderator", "member"] as const).map((role) => [role, ROLE_NAMES[role]] as const);

type MemberRowProps = { room: Room; details: RoomDetails; member: Member; self: boolean };

/** A member: pressing the row shows who they are; what can be done with them is in its menu. */
export function MemberRow({ room, details, member, self }: MemberRowProps) {
  const [card, setCard] = useOnDemand();
  const row = (
    <button
      type="button"
      onClick={card === "unmade" ? () => setCard(true) : undefined}
      className={cx(
        "flex h-12 w-full min-w-0 items-center gap-3 rounded-xl pl-2 text-left transition-colors hover:bg-hover-sheet focus-visible:-outline-offset-2",
        self ? "pr-2" : "pr-10",
      )}
    >
      <PersonAvatar id={member.id} name={member.name} />
      <span className="min-w-0 grow">
        <span className="block truncate text-sm" dir="auto">
          {member.name}
          {self && <span className="text-ink-faint"> (you)</span>}
        </span>
        {member.role !== "member" && (
          <span className="block text-ink-faint text-xs">{ROLE_NAMES[member.role]}</span>
        )}
      </span>
    </button>
  );
  return (
    <div className="group/member relative">
      {card === "unmade" ? (
        row
      ) : (
        <PersonCard
          id={member.id}
          name={member.name}
          trigger={row}
          open={card === "open"}
          onOpenChange={setCard}
        />
      )}
      {!self && <MemberMenu room={room} details={details} member={member} />}
    </div>
  );
}

function MemberMenu({ room, details, member }: Omit<MemberRowProps, "self">) {
  const client = useClient();
  const talk = useDirect();
  const [menu, setMenu] = useOnDemand();
  const [removing, setRemoving] = useState(false);
  const powers = powersOf(details.kind, details.role, details.lobby);
  const removable = mayRemove(details.kind, details.role, member.role, details.lobby);
  const changeRole = async (role: Member["role"]) => {
    try {
      ensureLive(client);
      await room.changeRole(member.id, role);
    } catch (error) {
      notify(faultText(error));
    }
  };
  const trigger = (
    <button
      type="button"
      aria-label={`Actions for ${member.name}`}
      onClick={menu === "unmade" ? () => setMenu(true) : undefined}
      className={cx(
        ICON_BUTTON,
        "absolute top-1.5 right-1 opacity-0 focus-visible:opacity-100 group-hover/member:opacity-100 pointer-coarse:top-1 pointer-coarse:opacity-70",
        menu === "open" && "opacity-100!",
      )}
    >
      <Ellipsis size={16} aria-hidden="true" />
    </button>
  );
  return (
    <>
      {menu === "unmade" ? (
        trigger
      ) : (
        <Menu open={menu === "open"} onOpenChange={setMenu} trigger={trigger}>
          <MenuItem icon={<MessageCircle size={16} />} onSelect={() => talk(member.id)}>
            Send a message
          </MenuItem>
          {powers.changeRoles && (
            <>
              <MenuLine label="Role" />
              <MenuChoices chosen={member.role} choices={ROLES} onChoose={changeRole} />
            </>
          )}
          {removable && (
            <>
              <MenuLine />
              <MenuItem icon={<UserMinus size={16} />} danger onSelect={() => setRemoving(true)}>
                Remove from the room
              </MenuItem>
            </>
          )}
        </Menu>
      )}
      {removing && (
        <Confirm
          open
          onOpenChange={setRemoving}
          title={`Remove ${member.name}?`}
          action="Remove"
          onConfirm={async () => {
            ensureLive(client);
            await room.removeMember(member.id);
          }}
        >
          {details.kind === "private"
            ? "They no longer see this room, unless a member invites them again."
            : "They can join again: this room is public."}
        </Confirm>
      )}
    </>
  );
}

/**
 * A menu or a card is made when it is first asked for, because a room has thousands of members; from then on it stays,
 * so that the focus finds its way back to what opened it.
 */
function useOnDemand(): ["unmade" | "closed" | "open", (open: boolean) => void] {
  const [state, setState] = useState<"unmade" | "closed" | "open">("unmade");
  return [state, (open) => setState(open ? "open" : "closed")];
}
