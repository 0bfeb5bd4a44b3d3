import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { navigate } from "../../app/navigation.ts";
import { HOME } from "../../app/route.ts";
import { Confirm } from "../../ui/confirm.tsx";
import type { RoomDetails } from "../details.ts";

type LeaveRoomProps = { details: RoomDetails; open: boolean; onOpenChange: (open: boolean) => void };

/** Asks, leaves, and goes home. */
export function LeaveRoom({ details, open, onOpenChange }: LeaveRoomProps) {
  const client = useClient();
  return (
    <Confirm
      open={open}
      onOpenChange={onOpenChange}
      title={`Leave ${details.title}?`}
      action="Leave"
      onConfirm={async () => {
        ensureLive(client);
        await client.leave(details.id);
        navigate(HOME);
      }}
    >
      {details.kind === "private"
        ? "It is private: you can only come back if a member invites you again."
        : "You can join again at any time."}
    </Confirm>
  );
}
