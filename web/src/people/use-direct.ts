import { useCallback } from "react";
import { useClient } from "../app/client.ts";
import { ensureLive } from "../app/ensure-live.ts";
import { navigate } from "../app/navigation.ts";
import { roomPath } from "../app/route.ts";
import { faultText } from "../ui/fault-words.ts";
import { notify } from "../ui/notices.ts";

/** Opens the direct conversation with a user, and creates it if there was none. */
export function useDirect(): (user: string) => Promise<void> {
  const client = useClient();
  return useCallback(
    async (user) => {
      try {
        ensureLive(client);
        navigate(roomPath(await client.createDirect(user)));
      } catch (error) {
        notify(faultText(error));
      }
    },
    [client],
  );
}
