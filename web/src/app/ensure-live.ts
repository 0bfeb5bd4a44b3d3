import { type Client, ParleyError } from "@parley/sdk";

/**
 * Throws where there is no connection. The SDK would keep the command and send it later; for everything but messages
 * that would surprise a user who has gone on to other things.
 */
export function ensureLive(client: Client): void {
  if (client.connection.get().state !== "live") throw new ParleyError("offline", "There is no connection.");
}
