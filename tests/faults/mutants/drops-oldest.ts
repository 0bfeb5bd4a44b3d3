import { createOutbox, type RoomId } from "@parley/sdk";
import type { ClientMutant } from "../../support/recording/recorded-client.ts";

/** How many commands to one room the outbox holds. */
const ROOM_FOR = 4;

/** An outbox of a fixed size: what comes when it is full pushes out the oldest that is not on its way. */
export const dropsOldest: ClientMutant = () => ({
  outbox: (options) => {
    const outbox = createOutbox(options);
    const trim = (room: RoomId) => {
      const waiting = outbox.items(room).filter(({ state }) => state === "queued");
      if (waiting.length > ROOM_FOR) outbox.discard(waiting[0]?.nonce ?? "");
    };
    return {
      get size() {
        return outbox.size;
      },
      add: (body) => {
        const item = outbox.add(body);
        trim(body.room);
        return item;
      },
      addFailed: (body, failure) => outbox.addFailed(body, failure),
      items: (room) => outbox.items(room),
      find: (nonce) => outbox.find(nonce),
      take: (now) => outbox.take(now),
      nextAt: () => outbox.nextAt(),
      answered: (nonce) => outbox.answered(nonce),
      refused: (...refused) => outbox.refused(...refused),
      discard: (nonce) => outbox.discard(nonce),
      retry: (nonce) => outbox.retry(nonce),
      disconnected: () => outbox.disconnected(),
    };
  },
});
