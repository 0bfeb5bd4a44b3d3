import type { TimelineItem } from "@parley/sdk";
import { Copy, CornerUpLeft, MessageCircle, Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { useDirect } from "../people/use-direct.ts";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { notify } from "../ui/notices.ts";
import type { MessageActs } from "./message-acts.ts";

type MessageMenuProps = {
  item: TimelineItem;
  acts: MessageActs;
  trigger: ReactNode;
  focusFirst: boolean;
  onClose: () => void;
  /** It is closed and nothing else took the focus. */
  onClosed: () => void;
};

/** What can be done with a message, open. */
export function MessageMenu({ item, acts, trigger, focusFirst, onClose, onClosed }: MessageMenuProps) {
  const { reply } = acts;
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
      {reply !== null && (
        <MenuItem icon={<CornerUpLeft size={16} />} onSelect={moving(reply)}>
          Reply
        </MenuItem>
      )}
      <MenuItem icon={<Copy size={16} />} onSelect={() => copy(item.text)}>
        Copy the text
      </MenuItem>
      {!item.own && !item.walkIn && (
        <MenuItem icon={<MessageCircle size={16} />} onSelect={moving(() => talk(item.author))}>
          Write to {item.name} directly
        </MenuItem>
      )}
      {item.own && reply !== null && (
        <>
          <MenuItem icon={<Pencil size={16} />} onSelect={moving(acts.edit)}>
            Edit
          </MenuItem>
          <MenuItem icon={<Trash2 size={16} />} danger onSelect={moving(acts.remove)}>
            Delete
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    notify("This browser does not let the page copy. Select the text and copy it.");
  }
}
