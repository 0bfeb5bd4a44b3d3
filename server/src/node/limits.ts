import type { Config } from "../config/read.ts";
import { RequestLimiter } from "../gateway/http/request-limiter.ts";
import { Admission } from "../gateway/limits/admission.ts";
import { KeyedRateLimiter } from "../gateway/limits/rate-limiter.ts";
import { ReadBudget } from "../gateway/limits/read-budget.ts";
import { RefillClock } from "../gateway/limits/refill-clock.ts";
import { WriteQuota } from "../gateway/limits/write-quota.ts";
import { realTiming } from "../gateway/signals/timing.ts";
import { socketLimit } from "../gateway/socket/socket-limit.ts";
import { MOST_DESCRIPTORS } from "../observe/machine.ts";
import { MEGABYTE } from "./context.ts";

/** What users and addresses may do, over all sockets and HTTP together. */
export type NodeLimits = {
  /** Null where rates are lifted. */
  readonly rates: Config | null;
  /** Milliseconds of the clock that allowances are filled by. */
  readonly refill: () => number;
  readonly commandLimiter: KeyedRateLimiter | null;
  readonly reads: ReadBudget;
  readonly writeQuota: WriteQuota;
  readonly admission: Admission;
  readonly requests: RequestLimiter;
  /** Sockets at once: MAX_CONNECTIONS, or fewer where the limit of open files is lower. */
  readonly maxConnections: number;
  close(): void;
};

export function createLimits(config: Config): NodeLimits {
  const rates = config.rateLimits ? config : null;
  const refillClock = new RefillClock(realTiming);
  const refill = () => refillClock.now();
  const reads = new ReadBudget(rates, refill);
  const maxConnections = socketLimit(config.maxConnections, MOST_DESCRIPTORS);
  return {
    rates,
    refill,
    commandLimiter: rates && new KeyedRateLimiter(rates.messageRate, rates.messageBurst),
    reads,
    writeQuota: new WriteQuota(rates, refill),
    admission: new Admission({
      limits: rates,
      maxConnections,
      maxUnauthenticated: config.maxUnauthenticated,
      maxMemory: config.maxMemory * MEGABYTE,
      memory: () => process.memoryUsage.rss(),
      now: refill,
    }),
    requests: new RequestLimiter(rates && { ...rates, maxInFlight: rates.maxInFlight * MEGABYTE }, reads),
    maxConnections,
    close: () => refillClock.close(),
  };
}
