import { fault } from "@parley/protocol";
import type { Store } from "./store.ts";

export type WriteLimits = {
  /** Whether less than the reserve of the disk is free. */
  readonly isDiskLow: () => boolean;
};

/**
 * The same store, which rejects all writes while the disk is low; reads go on. The fault is not final: the client keeps the
 * nonce and sends the command again.
 */
export function limitWrites(store: Store, { isDiskLow }: WriteLimits): Store {
  return {
    ...store,
    async commit(commands) {
      if (commands.length === 0 || !isDiskLow()) return store.commit(commands);
      return { verdicts: commands.map(() => fault("storage")), feeds: [] };
    },
    async signIn(requests) {
      return isDiskLow() ? requests.map(() => fault("storage")) : store.signIn(requests);
    },
  };
}
