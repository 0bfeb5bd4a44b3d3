import type { Room, TimelineItem } from "@parley/sdk";
import { useEffect, useState } from "react";
import { LongText } from "../../text/long-text.tsx";
import { fullTime } from "../../text/time.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { FaultText } from "../../ui/fault-text.tsx";
import { faultText } from "../../ui/fault-words.ts";

type Version = Awaited<ReturnType<Room["history"]>>[number];
type HistoryDialogProps = { room: Room; item: TimelineItem | null; onClose: () => void };

/** The earlier texts of an edited message. */
export function HistoryDialog({ room, item, onClose }: HistoryDialogProps) {
  return (
    <Dialog
      open={item !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Versions of this message"
    >
      {item !== null && <Versions room={room} item={item} />}
    </Dialog>
  );
}

function Versions({ room, item }: { room: Room; item: TimelineItem }) {
  const [versions, setVersions] = useState<readonly Version[] | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const { id, editedAt } = item;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another edit is another version.
  useEffect(() => {
    let current = true;
    if (id === null) return;
    room.history(id).then(
      (found) => current && setVersions(found),
      (error: unknown) => current && setFault(faultText(error)),
    );
    return () => {
      current = false;
    };
  }, [room, id, editedAt]);
  const all = versions?.toReversed() ?? [];
  return (
    <div className="min-h-32 overflow-y-auto p-6 pt-3">
      <FaultText text={fault} />
      {versions === null && fault === null && (
        <p className="animate-breathe text-ink-faint text-sm">Loading…</p>
      )}
      <ol className="flex flex-col gap-4">
        {all.map((version, index) => (
          <li key={version.seq} className="border-line border-l-2 pl-3.5">
            <p className="mb-0.5 text-ink-faint text-xs">
              {index === 0 ? "Now" : index === all.length - 1 ? "Original" : "Earlier"} ·{" "}
              {fullTime(version.at)}
            </p>
            <div className={index === 0 ? "" : "text-ink-soft"}>
              <LongText text={version.text} />
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
