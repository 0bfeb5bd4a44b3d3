import { join } from "node:path";
import type { Guest, Page, RoomList, RoomStanding } from "@parley/protocol";
import { tokenOf } from "../../support/recording/recorded-client.ts";
import { Recorder } from "../../support/recording/recorder.ts";
import type { World } from "./world.ts";

/** Users whose whole history is read; with thousands of clients reading all would take too long. */
const READERS = 12;

/** The third reading: the whole history over HTTP after the run, with none of the SDK's code in between. */
export async function readPages(world: World): Promise<void> {
  const recorder = new Recorder(join(world.folder, "run.jsonl"));
  try {
    for (const person of world.people.slice(0, READERS))
      await readAs(world.url, tokenOf(world.seed, person), recorder);
  } finally {
    recorder.close();
  }
}

async function readAs(url: string, token: string, recorder: Recorder): Promise<void> {
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const { id: user } = await get<Guest>("me");
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { rooms, next }: RoomList = await get(
      `rooms${cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`}`,
    );
    cursor = next;
    for (const { id: room } of rooms.filter(({ role }) => role !== null)) {
      const { head, role, read } = await get<RoomStanding>(`rooms/${room}`);
      recorder.all({
        t: "room_state",
        user,
        room,
        head,
        role,
        read: read?.seq ?? null,
        unread: read?.unread ?? null,
      });
      recorder.all({ t: "paged", user, room, messages: await history(get, room) });
    }
  }
}

/** From the newest page to the oldest, as a user scrolls, in pages of varying size. */
async function history(get: <T>(path: string) => Promise<T>, room: string) {
  const messages: Page["messages"] = [];
  for (let before: number | null = null, limit = 7; ; limit = limit === 7 ? 100 : 93) {
    const page: Page = await get(
      `rooms/${room}/messages?limit=${limit}${before === null ? "" : `&before=${before}`}`,
    );
    messages.unshift(...page.messages);
    if (!page.has_before) break;
    before = page.messages[0]?.seq ?? 0;
  }
  return messages.map(({ id, seq, author, text, edited_at, deleted, reactions }) => ({
    ...{ id, seq, author, text, deleted, edited: edited_at !== null },
    reactions: Object.fromEntries(reactions.map(({ emoji, count }) => [emoji, count])),
  }));
}
