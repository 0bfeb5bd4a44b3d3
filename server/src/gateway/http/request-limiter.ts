import { type Fault, fault } from "@parley/protocol";
import { addressKey } from "../limits/admission.ts";
import type { ReadBudget } from "../limits/read-budget.ts";
import type { RequestContext } from "./request-log.ts";
import { BODY_BYTES } from "./rest/body.ts";
import { problem } from "./rest/problem.ts";

/** What HTTP may hold at once; null lifts it. */
export type RequestLimits = {
  /** Requests of one address under way, those that wait among them. */
  readonly requestsPerAddress: number;
  /** Bytes of bodies and answers on their way, of all addresses; one address may have a quarter of it. */
  readonly maxInFlight: number;
} | null;

/** Reads under way at once: of an address, so that others find the thread of slow reads free, and of all. */
const READS_PER_ADDRESS = 4;
const READS = 64;
/** When to retry where too many requests of an address are under way. Milliseconds. */
const COME_AGAIN = 1_000;
/** An answer above this size goes out in pieces of it, as the client reads; below it the runtime takes it whole. Bytes. */
const PIECE = 65_536;
const ADDRESS_SHARE = 4;

/** What one address has under way. */
type Use = { requests: number; reads: number; bytes: number; readonly waiting: (() => void)[] };

/**
 * What HTTP requests cost before, while and after they are answered. An address pays with its budget of reads, few of its
 * reads run at once and the rest wait, and what it has on its way is bounded: a client that never reads holds its answer,
 * and that counts until it is gone.
 */
export class RequestLimiter {
  readonly #limits: RequestLimits;
  readonly #reads: ReadBudget;
  readonly #byAddress = new Map<string, Use>();
  /** Addresses with a read that waits for a free place of all. */
  readonly #waiting = new Set<Use>();
  #running = 0;
  #bytes = 0;

  constructor(limits: RequestLimits, reads: ReadBudget) {
    this.#limits = limits;
    this.#reads = reads;
  }

  /** Bytes on their way now, and addresses that have a request under way: for tests. */
  get bytes(): number {
    return this.#bytes;
  }
  get addresses(): number {
    return this.#byAddress.size;
  }

  /** Answers a request, or refuses it with 429. Paths that cost nothing are answered without a check. */
  async run(
    request: Request,
    address: string,
    asked: RequestContext,
    answer: () => Response | Promise<Response>,
  ): Promise<Response> {
    if (!isCharged(request)) return answer();
    const key = addressKey(address);
    const refused = this.#refused(key, address);
    if (refused) return problem(refused);
    const use = this.#useOf(key);
    const body = bodyBytes(request);
    use.requests++;
    this.#hold(use, body);
    let size = 0;
    try {
      if (request.method === "GET" || request.method === "HEAD") {
        await this.#turn(use);
        try {
          // No read for a client that has disconnected. Logs of other servers have 499 for it; no failure of the server.
          if (request.signal.aborted) return new Response(null, { status: 499 });
          const response = await this.#sized(await answer(), asked);
          size = asked.bytes ?? 0;
          return await this.#inPieces(response, use, key, size);
        } finally {
          this.#next(use);
        }
      }
      const response = await this.#sized(await answer(), asked);
      size = asked.bytes ?? 0;
      return response;
    } finally {
      this.#reads.charge(asked.user ?? null, address, { bytes: size, ms: asked.meter?.ms ?? 0 });
      use.requests--;
      this.#hold(use, -body);
      this.#forget(key, use);
    }
  }

  #refused(key: string, address: string): Fault | null {
    const limits = this.#limits;
    if (!limits) return null;
    const use = this.#byAddress.get(key);
    const full =
      use !== undefined &&
      (use.requests >= limits.requestsPerAddress || use.bytes >= limits.maxInFlight / ADDRESS_SHARE);
    if (full || this.#bytes >= limits.maxInFlight)
      return fault("rate_limited", "Too much is on its way. Read the answers first.", COME_AGAIN);
    const wait = this.#reads.take(null, address);
    return wait > 0 ? fault("rate_limited", "This address has read too much.", wait) : null;
  }

  #useOf(key: string): Use {
    const use = this.#byAddress.get(key) ?? { requests: 0, reads: 0, bytes: 0, waiting: [] };
    this.#byAddress.set(key, use);
    return use;
  }

  #hold(use: Use, bytes: number): void {
    use.bytes += bytes;
    this.#bytes += bytes;
  }

  #forget(key: string, use: Use): void {
    if (use.requests === 0 && use.bytes === 0) this.#byAddress.delete(key);
  }

  /** Resolves when a read of this address may run. */
  async #turn(use: Use): Promise<void> {
    if (this.#limits && (use.reads >= READS_PER_ADDRESS || this.#running >= READS)) {
      await new Promise<void>((resolve) => {
        use.waiting.push(resolve);
        this.#waiting.add(use);
      });
      return;
    }
    this.#start(use);
  }

  #start(use: Use): void {
    use.reads++;
    this.#running++;
  }

  /** A read has ended: the next one of an address that has a place runs, the addresses by turns. */
  #next(ended: Use): void {
    ended.reads--;
    this.#running--;
    for (const use of this.#waiting) {
      if (this.#running >= READS) return;
      if (use.reads >= READS_PER_ADDRESS) continue;
      this.#waiting.delete(use);
      const run = use.waiting.shift();
      if (use.waiting.length > 0) this.#waiting.add(use);
      if (!run) continue;
      this.#start(use);
      run();
    }
  }

  /** The same answer with its size known. */
  async #sized(response: Response, asked: RequestContext): Promise<Response> {
    if (asked.bytes !== undefined || response.body === null) return response;
    const bytes = await response.bytes();
    asked.bytes = bytes.byteLength;
    return new Response(bytes, { status: response.status, headers: response.headers });
  }

  /** An answer that is not small is on its way until the client has read it, or is gone. */
  async #inPieces(response: Response, use: Use, key: string, size: number): Promise<Response> {
    if (size <= PIECE || !this.#limits || response.body === null) return response;
    const bytes = await response.bytes();
    this.#hold(use, size);
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      this.#hold(use, -size);
      this.#forget(key, use);
    };
    let at = 0;
    const pieces = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(bytes.slice(at, at + PIECE));
          at += PIECE;
          if (at < bytes.byteLength) return;
          controller.close();
          release();
        },
        cancel: release,
      },
      { highWaterMark: 0 },
    );
    return new Response(pieces, { status: response.status, headers: response.headers });
  }
}

/**
 * The API and the lists of the dialects. The page, its files and the documents are not: they are in memory once, however many
 * read them. A health check must be answered, however busy its address is.
 */
function isCharged({ url }: Request): boolean {
  const from = url.indexOf("/", "https://".length);
  const path = from < 0 ? "/" : url.slice(from);
  return path.startsWith("/api/") || /^\/users(?:\?|$)/.test(path);
}

/** What the body of a request may come to. */
function bodyBytes({ headers, method }: Request): number {
  const length = headers.get("content-length");
  if (length !== null) return Math.min(Number(length) || 0, BODY_BYTES);
  return method === "GET" || method === "HEAD" || method === "OPTIONS" ? 0 : BODY_BYTES / 16;
}
