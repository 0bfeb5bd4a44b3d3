import { Dialects } from "../dialects/dialects.ts";
import type { CommandGate } from "../gateway/command-gate.ts";
import { isSameHostName } from "../gateway/http/origins.ts";
import { realTiming } from "../gateway/signals/timing.ts";
import { SYSTEM_USER } from "../store/base/system.ts";
import type { Store } from "../store/store.ts";
import type { NodeContext } from "./context.ts";
import type { NodeFeeds } from "./feeds.ts";
import type { NodeLimits } from "./limits.ts";
import type { NodeSignals } from "./signals.ts";

export type NodeDialectsParts = {
  readonly store: Store;
  readonly feeds: NodeFeeds;
  readonly signals: NodeSignals;
  readonly limits: NodeLimits;
  readonly gate: CommandGate;
};

/** Suffixes of the names that a legacy client without a name is given. */
const GUEST_NUMBERS = 65_536;

export function createDialects(context: NodeContext, parts: NodeDialectsParts): Dialects {
  const { config, log, traffic, counts, newId, now } = context;
  const { store, feeds, signals, limits, gate } = parts;
  const { rates, refill } = limits;
  return new Dialects({
    gate,
    store,
    fanout: feeds.fanout,
    presence: signals.presence,
    bus: feeds.bus,
    sessions: feeds.sessions,
    publish: feeds.publisher.publish,
    rates,
    timing: realTiming,
    refill,
    log,
    traffic,
    faults: counts.faults,
    newId,
    now,
    wallClock: now,
    server: SYSTEM_USER,
    guests: config.guests,
    on: new Set(config.dialects),
    lobbyFormat: config.lobbyFormat,
    origins: config.dialectOrigins,
    sameHost: isSameHostName,
    random: () => Math.floor(Math.random() * GUEST_NUMBERS),
  });
}
