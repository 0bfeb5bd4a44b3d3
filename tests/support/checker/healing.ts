import { isUserFeed } from "@parley/protocol";
import { type History, only, usersOf, type Violation, violation } from "./history.ts";
import { positions } from "./position.ts";

/** After healing, every client is at head within this many milliseconds … */
const WITHIN = 10_000;
/** … and this many sessions. */
const RECONNECTS = 3;

/** I10: after healing every client is at the head of every feed of its user, within 10 s and 3 reconnects. */
export function i10(history: History): Violation[] {
  const healed = only(history, "healed").at(-1);
  if (!healed) return [];
  const heads = new Map(history.store.feeds.map(({ feed, last }) => [feed, last]));
  const where = positions(history);
  const found: Violation[] = [];
  for (const [client, user] of usersOf(history)) {
    const own = history.store.members.filter((member) => member.user === user).map(({ room }) => room);
    const feeds = [
      ...own,
      ...[...heads.keys()].filter((feed) => isUserFeed(feed) && feed === `user.${user}`),
    ];
    for (const feed of feeds) {
      const head = heads.get(feed) ?? 0;
      const path = where.get(`${client} ${feed}`);
      const there = path?.find(({ seq }) => seq >= head);
      if (!there) {
        const at = path === undefined ? "never received it" : `is at ${path.at(-1)?.seq}`;
        found.push(
          violation(history, "I10", `${client} is not at the head of ${feed}: ${head}; the client ${at}`),
        );
      } else if (there.at > healed.at + WITHIN) {
        const late = Math.round(there.at - healed.at);
        found.push(
          violation(
            history,
            "I10",
            `${client} reached ${feed}#${head} ${late} ms after healing, not within ${WITHIN}`,
          ),
        );
      }
    }
    const sessions = only(history, "welcomed").filter((w) => w.client === client && w.at > healed.at).length;
    if (sessions > RECONNECTS) {
      found.push(violation(history, "I10", `${client} needed ${sessions} sessions after healing`));
    }
  }
  return found;
}
