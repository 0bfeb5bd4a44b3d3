import type { Acknowledgement, CommandBody, Nonce, RoomId } from "@parley/protocol";
import { faultCode, ParleyError } from "../base/errors.ts";
import { type KnownLimits, refusal, WIRE_LIMITS } from "./checks.ts";
import type { Failure, Outbox, OutboxItem } from "./outbox.ts";

type Waiter = { resolve(ack: Acknowledgement): void; reject(error: ParleyError): void };

export type CommandsParts = {
  readonly outbox: Outbox;
  /** What waits in the outbox for this room has changed, and there may be something to send. */
  changed(room: RoomId): void;
  /** The server holds a room back for a command that will not come again. */
  skip(room: RoomId, nonce: Nonce): void;
  /** Whether an answer comes without the user: the client is started, and the server does not refuse it. */
  willAnswer(): boolean;
};

/** Commands on their way: into the outbox, and the answers to the callers. */
export class Commands {
  readonly #parts: CommandsParts;
  /** The callers' promises, by nonce. */
  readonly #waiters = new Map<Nonce, Waiter>();
  limits: KnownLimits = WIRE_LIMITS;

  constructor(parts: CommandsParts) {
    this.#parts = parts;
  }

  /** Never throws: what cannot be sent is kept as failed. */
  send(body: CommandBody): void {
    const { outbox, changed } = this.#parts;
    const refused = refusal(body, this.limits);
    if (refused) outbox.addFailed(body, refused);
    else outbox.add(body);
    changed(body.room);
  }

  perform(body: CommandBody): Promise<Acknowledgement> {
    if (!this.#parts.willAnswer()) return Promise.reject(offline(true));
    const refused = refusal(body, this.limits);
    if (refused) return Promise.reject(toError(refused));
    return new Promise((resolve, reject) => {
      this.#waiters.set(this.#parts.outbox.add(body).nonce, { resolve, reject });
      this.#parts.changed(body.room);
    });
  }

  retry(room: RoomId, nonce: Nonce): void {
    const { outbox, changed } = this.#parts;
    const failed = outbox.find(nonce);
    if (!failed || refusal(failed.body, this.limits)) return;
    outbox.retry(nonce);
    changed(room);
  }

  discard(room: RoomId, nonce: Nonce): void {
    const { outbox, changed, skip } = this.#parts;
    if (outbox.discard(nonce)?.skip) skip(room, nonce);
    changed(room);
  }

  acknowledged({ nonce }: OutboxItem, ack: Acknowledgement): void {
    this.#waiters.get(nonce)?.resolve(ack);
    this.#waiters.delete(nonce);
  }

  failed({ nonce, failure }: OutboxItem): void {
    if (failure) this.#waiters.get(nonce)?.reject(toError(failure));
    this.#waiters.delete(nonce);
  }

  /** Another page got its answer, or discarded it: none will come here. */
  settledElsewhere({ nonce }: OutboxItem): void {
    this.#waiters
      .get(nonce)
      ?.reject(new ParleyError("offline", "It was settled in another tab.", { final: true }));
    this.#waiters.delete(nonce);
  }

  /** No answer comes before the user acts. The commands stay in the outbox and are sent on the next connection. */
  abandon(): void {
    for (const { reject } of this.#waiters.values()) reject(offline(false));
    this.#waiters.clear();
  }
}

/** `final`: it did not even get into the outbox. */
export function offline(final: boolean): ParleyError {
  return new ParleyError("offline", "There is no connection to the server.", { final });
}

function toError({ code, text, advice }: Failure): ParleyError {
  return new ParleyError(faultCode(code), text, { final: true, ...(advice === undefined ? {} : { advice }) });
}
