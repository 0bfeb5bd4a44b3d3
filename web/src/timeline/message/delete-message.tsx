import type { Room, TimelineItem } from "@parley/sdk";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { Confirm } from "../../ui/confirm.tsx";

type DeleteMessageProps = {
  room: Room;
  /** Null when nothing is asked. */
  item: TimelineItem | null;
  onClose: () => void;
};

/** Asks whether a message shall be deleted, and deletes it. */
export function DeleteMessage({ room, item, onClose }: DeleteMessageProps) {
  const client = useClient();
  return (
    <Confirm
      open={item !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Delete this message?"
      action="Delete"
      onConfirm={async () => {
        ensureLive(client);
        if (item?.id) await room.remove(item.id);
      }}
    >
      <p className="line-clamp-4 whitespace-pre-wrap rounded-2xl bg-hover-sheet p-3 text-ink wrap-anywhere">
        {item?.text}
      </p>
      <p className="mt-2">It disappears for everyone. A note that a message was deleted stays.</p>
    </Confirm>
  );
}
