import type { Room, TimelineItem } from "@parley/sdk";
import { CircleAlert, Clock } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { copyText } from "../../ui/clipboard.ts";
import type { MessageActs } from "./message-acts.ts";

type OwnStateProps = { room: Room; item: TimelineItem; acts: MessageActs };

/** What has become of an own message, as long as that is not simply "sent". */
export function SendStatus({ room, item, acts }: OwnStateProps) {
  switch (item.state) {
    case "sent":
      return null;
    case "pending":
      // It comes with a delay: where the server answers at once nothing flickers.
      return (
        <p className="flex animate-late items-center gap-1.5 text-ink-faint text-xs">
          <Clock size={12} aria-hidden="true" />
          Waiting to be sent
        </p>
      );
    case "failed":
      return (
        <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-xl bg-danger-wash py-1.5 pr-1.5 pl-3 text-danger text-sm">
          <p className="flex min-w-0 grow items-center gap-2">
            <CircleAlert size={15} aria-hidden="true" className="shrink-0" />
            <span>Not sent. {item.error ?? "The server rejected it."}</span>
          </p>
          <span className="flex flex-wrap gap-1.5">
            <Button small onClick={() => room.retry(item.nonce)}>
              Try again
            </Button>
            {acts.powers.write && (
              <Button small look="quiet" onClick={() => acts.rewrite(item)}>
                Edit
              </Button>
            )}
            <Button small look="quiet" onClick={() => copyText(item.text, "The text is copied.")}>
              Copy
            </Button>
            <Button small look="quiet" onClick={() => room.discard(item.nonce)}>
              Discard
            </Button>
          </span>
        </div>
      );
  }
}
