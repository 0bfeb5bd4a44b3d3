import type { SharedState } from "../shared-state.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** How long an answer may take. Milliseconds. */
const TIMEOUT = 1_000;

/** The time of Redis in microseconds, or one more than the last answer: it grows also when Redis was emptied. */
const ORDER = `
local time = redis.call('TIME')
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
local order = math.max(last + 1, time[1] * 1000000 + time[2])
redis.call('SET', KEYS[1], string.format('%.0f', order), 'EX', 86400)
return string.format('%.0f', order)
`;

/** Keys of one Redis server, all behind one prefix, each with an end. */
export class RedisSharedState implements SharedState {
  readonly #connection: RedisConnection;
  readonly #prefix: string;

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = `${prefix}:`;
  }

  async order(): Promise<number | null> {
    const answer = await this.#within(({ redis }) => redis.eval(ORDER, 1, `${this.#prefix}order`));
    return answer === null ? null : Number(answer);
  }

  /** The answer, or null without one in time. */
  async #within(ask: (connection: RedisConnection) => Promise<unknown>): Promise<unknown> {
    if (!this.#connection.isReady) return null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, TIMEOUT, null);
    });
    try {
      return await Promise.race([ask(this.#connection), late]);
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}
