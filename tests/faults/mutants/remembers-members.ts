// A server that still counts as a member who has left or was removed: what was once theirs is listed and delivered for ever.

import type { FeedEntry } from "@parley/server/store/store.ts";
import { settings, startWith, wrap } from "./entry.ts";

const once = new Map<string, Map<string, FeedEntry>>();

await startWith(settings(), {
  store: (real) =>
    wrap(real, {
      async feedsOf(user) {
        const feeds = await real.feedsOf(user);
        const all = once.get(user) ?? new Map<string, FeedEntry>();
        once.set(user, all);
        for (const entry of feeds) all.set(entry.feed, entry);
        const heads = await real.heads([...all.keys()]);
        return [...all.values()].map((entry) => {
          const head = heads.get(entry.feed);
          return head ? { ...entry, head: head.seq, head_id: head.id } : entry;
        });
      },
      async feedAccess(user, positions) {
        const standings = await real.feedAccess(user, positions);
        const heads = await real.heads(positions.map(({ feed }) => feed));
        return standings.map((standing) => {
          const entry = once.get(user)?.get(standing.feed);
          if (standing.entitled || !entry) return standing;
          const { seq: head, id: head_id } = heads.get(standing.feed) ?? { seq: 0, id: null };
          return { ...standing, entitled: true, head, head_id, room: entry.room, id_at_seq: null };
        });
      },
      after: (feed, seq, limit) => real.after(feed, seq, limit, "node"),
    }),
});
