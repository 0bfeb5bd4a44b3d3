import { createOutbox, type OutboxItem, uuidMaker } from "@parley/sdk";
import type { ClientMutant } from "../../support/recording/recorded-client.ts";

/** What is sent again gets a new nonce, as clients without an idempotency key do: the server cannot see the twin. */
export const freshNonce: ClientMutant = (platform) => ({
  outbox: (options) => {
    const outbox = createOutbox(options);
    const ids = uuidMaker(platform);
    const taken = new Set<string>();
    const real = new Map<string, string>();
    const nonceOf = (nonce: string) => real.get(nonce) ?? nonce;
    const disguise = (item: OutboxItem): OutboxItem => {
      if (!taken.has(item.nonce)) {
        taken.add(item.nonce);
        return item;
      }
      const nonce = ids.next();
      real.set(nonce, item.nonce);
      return { ...item, nonce };
    };
    return {
      get size() {
        return outbox.size;
      },
      add: (body) => outbox.add(body),
      addFailed: (body, failure) => outbox.addFailed(body, failure),
      items: (room) => outbox.items(room),
      find: (nonce) => outbox.find(nonceOf(nonce)),
      take: (now) => outbox.take(now).map(disguise),
      nextAt: () => outbox.nextAt(),
      answered: (nonce) => outbox.answered(nonceOf(nonce)),
      refused: (nonce, ...rest) => outbox.refused(nonceOf(nonce), ...rest),
      discard: (nonce) => outbox.discard(nonceOf(nonce)),
      retry: (nonce) => outbox.retry(nonceOf(nonce)),
      disconnected: () => outbox.disconnected(),
    };
  },
});
