import { type Client, createClient, memoryKeyValue, newToken, type Room } from "@parley/sdk";
import { eventually } from "../../support/page-user.ts";

/** Another user, without a browser: quick to create, for what a page shows of other users. */
export class SdkUser {
  readonly client: Client;
  /** What the page of a browser keeps of a guest, to be that guest there. */
  readonly kept: string;

  private constructor(client: Client, kept: string) {
    this.client = client;
    this.kept = kept;
  }

  static async join(url: string, name: string): Promise<SdkUser> {
    const token = newToken();
    const client = createClient({ url, token, name, platform: { storage: memoryKeyValue() } });
    client.start();
    await eventually(`${name} is in`, async () => client.connection.get().state === "live");
    return new SdkUser(client, JSON.stringify({ token, name, known: true }));
  }

  get id(): string {
    const connection = this.client.connection.get();
    return connection.state === "live" ? connection.user.id : "";
  }

  /** A room, opened. */
  room(id = "lobby"): Room {
    const room = this.client.room(id);
    room.open();
    return room;
  }

  /** Sends a message and waits until it is stored. Returns its id. */
  async say(room: Room, text: string, options: Parameters<Room["send"]>[1] = {}): Promise<string> {
    room.send(text, options);
    let id: string | null = null;
    await eventually(`"${text.slice(0, 40)}" is stored`, async () => {
      const item = room.timeline.get().items.findLast((each) => each.own && each.text === text);
      id = item?.state === "sent" ? item.id : null;
      return id !== null;
    });
    return id ?? "";
  }

  /** The id of a user, by name. */
  async idOf(name: string): Promise<string> {
    const { users } = await this.client.users({ query: name });
    const found = users.find((user) => user.name === name);
    if (found === undefined) throw new Error(`No user is called ${name}.`);
    return found.id;
  }

  leave(): void {
    this.client.stop();
  }
}
