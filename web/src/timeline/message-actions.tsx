import type { Room, TimelineItem } from "@parley/sdk";
import { Copy, CornerUpLeft, Ellipsis, MessageCircle, Pencil, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { useClient } from "../app/client.ts";
import { ensureLive } from "../app/ensure-live.ts";
import { useDirect } from "../people/use-direct.ts";
import { cx } from "../ui/classes.ts";
import { Confirm } from "../ui/confirm.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { notify } from "../ui/notices.ts";

type MessageActionsProps = {
  room: Room;
  item: TimelineItem;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onEdit: (key: string) => void;
  onReply: ((item: TimelineItem) => void) | null;
  /** The menu is closed and nothing else took the focus. */
  onClosed: () => void;
};

/** What can be done with a message. With a mouse it appears on hover; by touch the button is always there, faintly. */
export function MessageActions({
  room,
  item,
  open,
  onOpenChange,
  onEdit,
  onReply,
  onClosed,
}: MessageActionsProps) {
  const [deleting, setDeleting] = useState(false);
  const client = useClient();
  const talk = useDirect();
  /** The choice takes the focus elsewhere: the menu must not take it back. */
  const moved = useRef(false);
  const moving = (act: () => void) => () => {
    moved.current = true;
    act();
  };
  const writing = onReply !== null;

  return (
    <div
      className={cx(
        "pointer-fine:-top-3.5 pointer-fine:absolute pointer-fine:right-4 flex shrink-0 self-start rounded-xl pointer-fine:border pointer-fine:border-line pointer-fine:bg-raised pointer-fine:shadow-sheet",
        open
          ? "z-10"
          : "pointer-fine:opacity-0 focus-within:opacity-100 group-hover/row:z-10 group-hover/row:opacity-100",
      )}
    >
      {writing && (
        <IconButton
          label="Reply"
          tabIndex={-1}
          className="size-8! pointer-coarse:hidden"
          onClick={() => onReply(item)}
        >
          <CornerUpLeft size={16} aria-hidden="true" />
        </IconButton>
      )}
      <Menu
        open={open}
        onOpenChange={onOpenChange}
        trigger={
          <IconButton
            label={`More about the message of ${item.name}`}
            tabIndex={-1}
            className="pointer-fine:size-8! pointer-coarse:-mr-1.5 pointer-coarse:size-8! text-ink-faint!"
          >
            <Ellipsis size={16} aria-hidden="true" />
          </IconButton>
        }
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          if (!moved.current) onClosed();
          moved.current = false;
        }}
      >
        {writing && (
          <MenuItem icon={<CornerUpLeft size={16} />} onSelect={moving(() => onReply(item))}>
            Reply
          </MenuItem>
        )}
        <MenuItem icon={<Copy size={16} />} onSelect={() => copy(item.text)}>
          Copy the text
        </MenuItem>
        {!item.own && !item.walkIn && (
          <MenuItem icon={<MessageCircle size={16} />} onSelect={() => talk(item.author)}>
            Write to {item.name} directly
          </MenuItem>
        )}
        {item.own && writing && (
          <>
            <MenuItem icon={<Pencil size={16} />} onSelect={moving(() => onEdit(item.key))}>
              Edit
            </MenuItem>
            <MenuItem icon={<Trash2 size={16} />} danger onSelect={moving(() => setDeleting(true))}>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      <Confirm
        open={deleting}
        onOpenChange={(next) => {
          setDeleting(next);
          if (!next) onClosed();
        }}
        title="Delete this message?"
        action="Delete"
        onConfirm={async () => {
          ensureLive(client);
          if (item.id !== null) await room.remove(item.id);
        }}
      >
        <p className="line-clamp-4 whitespace-pre-wrap rounded-2xl bg-hover-sheet p-3 text-ink wrap-anywhere">
          {item.text}
        </p>
        <p className="mt-2">It disappears for everybody. That a message was here stays visible.</p>
      </Confirm>
    </div>
  );
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    notify("This browser does not let the page copy. Select the text and copy it.");
  }
}
