import type { UserId } from "@parley/protocol";
import type { Command, SenderSession } from "../../core/command.ts";
import { change, find, insert, type Lookup, type Row, type Step, write } from "../base/steps.ts";

const FIND_DEVICE = "SELECT generation, session FROM devices WHERE user_id = $1 AND device = $2";
const NEW_DEVICE =
  "INSERT INTO devices (user_id, device, generation, session, at) VALUES ($1, $2, $3, $4, $5)";
/** Only while it is as it was read: another batch may have changed it since. */
const TAKE_DEVICE =
  "UPDATE devices SET generation = $3, session = $4, at = $5 " +
  "WHERE user_id = $1 AND device = $2 AND generation = $6 AND session = $7";
const OLD_DEVICES = "DELETE FROM devices WHERE user_id = $1 AND at < $2";

/** How long a device is remembered after its last session began. Milliseconds. */
const KEPT = 30 * 86_400_000;

/** The session that a device has now, as of the store, then as of the batch. */
type Device = {
  readonly user: UserId;
  readonly device: string;
  readonly stored: { readonly generation: number; readonly session: string } | null;
  generation: number;
  session: string;
};

/**
 * Refuses commands of a session after the first command of a newer session of the same device (P5, ADR 28): the older one may
 * be at another node, where frames are still read that the client has sent again since. A session gets its generation at its
 * hello, one more than the store knew; of two with the same one, the first that has a command in the store is the newer.
 *
 * The check is made under the locks of the feeds: whatever a newer session has stored in a room is seen by all that comes to
 * that room after it. Commands without a session are not checked.
 */
export class SessionFence {
  readonly #devices = new Map<string, Device>();
  readonly #asked: { readonly user: UserId; readonly session: SenderSession }[] = [];

  constructor(commands: readonly Command[]) {
    const asked = new Set<string>();
    for (const { actor } of commands) {
      if (!actor.session) continue;
      const key = keyOf(actor.id, actor.session);
      if (asked.has(key)) continue;
      asked.add(key);
      this.#asked.push({ user: actor.id, session: actor.session });
    }
    // In one order, so that two batches never wait for each other.
    this.#asked.sort((one, other) =>
      keyOf(one.user, one.session) < keyOf(other.user, other.session) ? -1 : 1,
    );
  }

  lookups(): Lookup[] {
    if (this.#asked.length === 0) return [];
    const rows = this.#asked.map(({ user, session }): Row => [user, session.device]);
    return [
      {
        step: find(FIND_DEVICE, rows),
        take: (found) => {
          for (const [i, { user, session }] of this.#asked.entries()) {
            const row = found[i];
            const stored = row ? { generation: Number(row[0]), session: String(row[1]) } : null;
            this.#devices.set(keyOf(user, session), {
              user,
              device: session.device,
              stored,
              generation: stored?.generation ?? 0,
              session: stored?.session ?? "",
            });
          }
        },
      },
    ];
  }

  /** Whether the command may be performed. Commands are asked about in their order; a newer session takes the device. */
  passes({ actor }: Command): boolean {
    if (!actor.session) return true;
    const { generation, id } = actor.session;
    const device = this.#devices.get(keyOf(actor.id, actor.session)) as Device;
    if (generation === device.generation) return device.session === id;
    if (generation < device.generation) return false;
    device.generation = generation;
    device.session = id;
    return true;
  }

  /** Notes the sessions that took a device; a batch that another one was faster than is repeated. `at`: milliseconds UTC. */
  *writes(at: number): Iterable<Step> {
    for (const { user, device, stored, generation, session } of this.#devices.values()) {
      if (stored === null && generation > 0) {
        yield write(OLD_DEVICES, [[user, at - KEPT]]);
        yield insert(NEW_DEVICE, [[user, device, generation, session, at]]);
      } else if (stored !== null && (generation !== stored.generation || session !== stored.session)) {
        yield change(TAKE_DEVICE, [
          [user, device, generation, session, at, stored.generation, stored.session],
        ]);
      }
    }
  }
}

function keyOf(user: UserId, { device }: SenderSession): string {
  return `${user} ${device}`;
}
