import type { Client } from "@parley/sdk";
import { useObserved } from "../app/observe.ts";
import { Button } from "../ui/button.tsx";
import { causeText } from "./refusal-text.ts";

/** While the first answer is awaited: nothing at first, then why it takes so long. */
export function JoiningState({ client, onCancel }: { client: Client; onCancel: () => void }) {
  const connection = useObserved(client.connection);
  const unreachable =
    connection.state === "waiting" || (connection.state === "connecting" && connection.attempt > 0);
  return (
    <div role="status">
      {unreachable && (
        <div className="mt-4 flex items-center gap-3 rounded-2xl bg-signal-wash py-2 pr-2 pl-4 text-signal-ink text-sm">
          <p className="grow">
            {connection.cause ? causeText(connection.cause) : "The server does not answer."} Still trying.
          </p>
          <Button small look="plain" onClick={onCancel}>
            Cancel
          </Button>
        </div>
      )}
    </div>
  );
}
