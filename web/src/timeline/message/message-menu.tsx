import type { TimelineItem } from "@parley/sdk";
import {
  Copy,
  CornerUpLeft,
  History,
  Link2,
  MailOpen,
  MessageCircle,
  Pencil,
  SmilePlus,
  Trash2,
} from "lucide-react";
import { type ReactNode, useRef } from "react";
import { roomPath, routeOf } from "../../app/route.ts";
import { useDirect } from "../../people/use-direct.ts";
import { markUnread } from "../../rooms/unread-marks.ts";
import { copyText } from "../../ui/clipboard.ts";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { notify } from "../../ui/notices.ts";
import type { MessageActs } from "./message-acts.ts";

type MessageMenuProps = {
  item: TimelineItem;
  acts: MessageActs;
  trigger: ReactNode;
  focusFirst: boolean;
  onReact: () => void;
  onClose: () => void;
  /** It is closed and nothing else took the focus. */
  onClosed: () => void;
};

/** What can be done with a message, open. */
export function MessageMenu({
  item,
  acts,
  trigger,
  focusFirst,
  onReact,
  onClose,
  onClosed,
}: MessageMenuProps) {
  const { write, moderate } = acts.powers;
  const talk = useDirect();
  /** The choice takes the focus elsewhere: the menu must not take it back. */
  const moved = useRef(false);
  const moving = (act: (item: TimelineItem) => void) => () => {
    moved.current = true;
    act(item);
  };
  return (
    <Menu
      open
      focusFirst={focusFirst}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      trigger={trigger}
      onCloseAutoFocus={(event) => {
        event.preventDefault();
        if (!moved.current) onClosed();
      }}
    >
      {write && (
        <>
          <MenuItem icon={<CornerUpLeft size={16} />} shortcut="R" onSelect={moving(acts.reply)}>
            Reply
          </MenuItem>
          <MenuItem
            icon={<SmilePlus size={16} />}
            shortcut="+"
            onSelect={() => {
              moved.current = true;
              // After the menu has gone: two layers at once would fight for the focus.
              setTimeout(onReact);
            }}
          >
            React
          </MenuItem>
        </>
      )}
      <MenuItem icon={<Copy size={16} />} onSelect={() => copyText(item.text, "The text is copied.")}>
        Copy the text
      </MenuItem>
      <MenuItem icon={<Link2 size={16} />} onSelect={() => copyLink(item)}>
        Copy the link
      </MenuItem>
      {!item.own && item.seq !== null && (
        <MenuItem icon={<MailOpen size={16} />} onSelect={() => unreadFrom(item)}>
          Mark as unread
        </MenuItem>
      )}
      {item.editedAt !== null && (
        <MenuItem icon={<History size={16} />} onSelect={moving(acts.look)}>
          Earlier versions
        </MenuItem>
      )}
      {!item.own && !item.walkIn && (
        <MenuItem icon={<MessageCircle size={16} />} onSelect={moving(() => talk(item.author))}>
          Message {item.name} directly
        </MenuItem>
      )}
      {item.own && write && (
        <MenuItem icon={<Pencil size={16} />} shortcut="E" onSelect={moving(acts.edit)}>
          Edit
        </MenuItem>
      )}
      {((item.own && write) || moderate) && (
        <MenuItem icon={<Trash2 size={16} />} danger onSelect={moving(acts.remove)}>
          Delete
        </MenuItem>
      )}
    </Menu>
  );
}

function unreadFrom({ seq }: TimelineItem): void {
  const route = routeOf(location.pathname);
  if (route.page !== "room" || seq === null) return;
  markUnread(route.room, seq);
  notify("Marked as unread on this device, from this message on.");
}

function copyLink({ seq }: TimelineItem): void {
  const route = routeOf(location.pathname);
  if (route.page === "room") {
    void copyText(new URL(roomPath(route.room, seq), location.origin).href, "The link is copied.");
  }
}
