import type { Room } from "@parley/sdk";
import { CircleAlert } from "lucide-react";
import { useTimeline } from "../../app/client.ts";
import { Button } from "../../ui/button.tsx";
import { copyText } from "../../ui/clipboard.ts";

/** Own edits that the server rejected after a reload: no editor shows them any more, so they are listed here. */
export function FailedEdits({ room }: { room: Room }) {
  const { failedEdits } = useTimeline(room);
  if (failedEdits.length === 0) return null;
  return (
    <ul
      aria-label="Edits that were not saved"
      className="mx-auto flex max-h-[40vh] w-full max-w-3xl shrink-0 flex-col gap-1.5 overflow-y-auto px-3 pb-2 md:px-4"
    >
      {failedEdits.map(({ nonce, text, failure }) => (
        <li
          key={nonce}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl bg-danger-wash py-1.5 pr-1.5 pl-3 text-danger text-sm"
        >
          <div className="flex min-w-0 grow basis-60 gap-2">
            <CircleAlert size={15} aria-hidden="true" className="mt-0.5 shrink-0" />
            <div className="min-w-0">
              <p>Your edit was not saved. {failure.text}</p>
              <p className="line-clamp-2 break-words text-ink" dir="auto">
                {text}
              </p>
            </div>
          </div>
          <span className="flex flex-wrap gap-1.5">
            <Button small onClick={() => room.retry(nonce)}>
              Try again
            </Button>
            <Button small look="quiet" onClick={() => copyText(text, "The text is copied.")}>
              Copy
            </Button>
            <Button small look="quiet" onClick={() => room.discard(nonce)}>
              Discard
            </Button>
          </span>
        </li>
      ))}
    </ul>
  );
}
