import type { Client, ClientOptions } from "./client.ts";
import { LiveClient } from "./live-client.ts";

/**
 * A client of one guest. Nothing happens before `start`, except that messages may be put into the outbox.
 *
 * @example
 * const client = createClient({ url: "http://localhost:8000", token: newToken(), name: "Ada" });
 * client.start();
 * const lobby = client.room("lobby");
 * lobby.timeline.subscribe(() => console.log(lobby.timeline.get().items.length));
 * lobby.open();
 * lobby.send("Hello");
 */
export function createClient(options: ClientOptions): Client {
  return new LiveClient(options);
}
