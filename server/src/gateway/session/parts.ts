import type { Guests } from "../../auth/guests.ts";
import type { Chat } from "../../chat.ts";
import type { SocketCounts } from "../../observe/counts.ts";
import type { Log } from "../../observe/log.ts";
import type { TrafficLog } from "../../observe/traffic-log.ts";
import type { Store } from "../../store/store.ts";
import type { CommandGate } from "../command-gate.ts";
import type { Fanout } from "../feeds/fanout.ts";
import type { Admission } from "../limits/admission.ts";
import type { Rates } from "../limits/rate-limiter.ts";
import type { ReadBudget } from "../limits/read-budget.ts";
import type { Presence } from "../signals/presence.ts";
import type { ReadMarks } from "../signals/read-marks.ts";
import type { SignalHub } from "../signals/signal-hub.ts";
import type { Devices } from "./devices.ts";
import type { Sessions } from "./sessions.ts";

/** What a session works with. All but the id and the bearer are the node's. */
export type SessionParts = {
  readonly id: string;
  readonly chat: Chat;
  /** Takes the commands. */
  readonly gate: CommandGate;
  readonly store: Store;
  readonly guests: Guests;
  readonly fanout: Fanout;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly presence: Presence;
  readonly signalHub: SignalHub;
  readonly readMarks: ReadMarks;
  readonly admission: Admission;
  /** Sockets that one user may hold at once. */
  readonly maxPerUser: number;
  readonly rates: Rates;
  /** What reads of each user and address may cost, over all sockets and HTTP together. */
  readonly reads: ReadBudget;
  readonly counts?: SocketCounts;
  readonly log: Log;
  /** Where connections and commands are logged. */
  readonly traffic?: TrafficLog | null;
  /** Milliseconds UTC, for what is stored. */
  readonly now: () => number;
  /** Milliseconds of a clock that never jumps, for all that waits or counts. */
  readonly monotonicNow: () => number;
  /** Milliseconds of the clock that allowances are filled by. */
  readonly refill: () => number;
  /** The token of the upgrade request's `Authorization: Bearer`, for clients that are not browsers. */
  readonly bearer: string | null;
};
