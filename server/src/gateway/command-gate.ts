import { FAULTS, type Fault, fault, isFault, type Nonce, outcomeOf, type UserId } from "@parley/protocol";
import type { Chat } from "../chat.ts";
import type { Actor, Body, SenderSession } from "../core/command.ts";
import type { CommandOrigin, TrafficLog } from "../observe/traffic-log.ts";
import type { Sender } from "../store/commit/order-gate.ts";
import type { User, Verdict } from "../store/store.ts";
import { type Admission, addressKey } from "./limits/admission.ts";
import type { KeyedRateLimiter } from "./limits/rate-limiter.ts";
import type { WriteQuota } from "./limits/write-quota.ts";
import type { Sessions } from "./session/sessions.ts";

/** What commands of one source use up. */
export interface CommandAllowance {
  /** Takes one command. Returns 0, or in how many milliseconds there is one. */
  take(): number;
  /** Charges for what the command stores, the room that it creates and the users that it brings into one; all or nothing. */
  charge(body: Body): Fault | null;
  /** Returns what `charge` took for a command that changed nothing. */
  refund(body: Body, verdict: Verdict): void;
}

/** Where a command comes from: a socket of a user, a request, a socket of a dialect, or the server itself. */
export type CommandSource = {
  readonly actor: Actor;
  readonly allowance: CommandAllowance;
  /** Keeps the order of its commands in each room (SPEC CM-7); null promises none, and nothing is held. */
  readonly sender: Sender | null;
  /** What its lines in the traffic log name; null for sources that have other lines there. */
  readonly origin: CommandOrigin | null;
};

export type PendingCommand = { readonly nonce: Nonce; readonly body: Body };

export type CommandGateParts = {
  readonly chat: Pick<Chat, "submit" | "hold" | "isHeld">;
  readonly admission: Pick<
    Admission,
    "newRoom" | "refundRoom" | "contact" | "refundContact" | "newOwnerlessRoom" | "refundOwnerlessRoom"
  >;
  /** What each user may do, over all sockets and HTTP together; null where rates are lifted. */
  readonly commandLimiter: Pick<KeyedRateLimiter, "take"> | null;
  readonly writeQuota: Pick<WriteQuota, "take" | "refund">;
  readonly sessions: Pick<Sessions, "draining">;
  /** Where commands are written down. */
  readonly traffic?: TrafficLog | null;
  /** Milliseconds UTC, for what is stored. */
  readonly now: () => number;
  /** Milliseconds of the clock that allowances are filled by. */
  readonly refill: () => number;
};

/**
 * Admits every command that a client causes, over each protocol: refused while the server drains, while an earlier one of
 * the same sender holds its room, and above the allowance of its source; otherwise handed to the commit queue. A command
 * that changed nothing gets back what it was charged for rooms and users.
 */
export class CommandGate {
  readonly #parts: CommandGateParts;

  constructor(parts: CommandGateParts) {
    this.#parts = parts;
  }

  /** Commands of a user: one allowance over all sockets and HTTP together. `sender` and `session` only for sockets. */
  ofUser(
    user: User,
    address: string,
    socket?: { sender: Sender; session: string; fence?: SenderSession | undefined },
  ): CommandSource {
    const { admission, commandLimiter, writeQuota, refill } = this.#parts;
    const key = addressKey(address);
    const chargeRooms = (body: Body): Fault | null => {
      const crowded = admission.contact(user.id, address, body);
      if (crowded || body.kind !== "create_room") return crowded;
      const limited = admission.newRoom(user.id, address);
      if (limited) admission.refundContact(user.id, address, body);
      return limited;
    };
    return {
      actor: {
        id: user.id,
        name: user.name,
        walk_in: false,
        ...(socket?.fence && { session: socket.fence }),
      },
      sender: socket?.sender ?? null,
      origin: socket ? this.#originOf(socket.session, user.id) : null,
      allowance: {
        take: () => commandLimiter?.take(user.id, refill()) ?? 0,
        charge(body) {
          const full = writeQuota.take(user.id, key, body);
          if (full) return full;
          const refused = chargeRooms(body);
          if (refused) writeQuota.refund(user.id, key, body);
          return refused;
        },
        refund(body, verdict) {
          if (storedNothing(verdict)) {
            writeQuota.refund(user.id, key, body);
            admission.refundContact(user.id, address, body);
          }
          if (body.kind === "create_room" && isRepeatedOrRefused(verdict))
            admission.refundRoom(user.id, address);
        },
      },
    };
  }

  /**
   * Messages of one dialect connection, which has a limiter of its own: `take` returns 0, or in how many milliseconds
   * there is a message, by the time it is given. These clients send nothing twice, so nothing is held for them.
   */
  ofWalkIn(user: User, address: string, take: (now: number) => number): CommandSource {
    const { refill, writeQuota } = this.#parts;
    const key = addressKey(address);
    return {
      actor: { id: user.id, name: user.name, walk_in: true },
      sender: null,
      origin: this.#originOf(user.id, user.id),
      allowance: {
        take: () => take(refill()),
        charge: (body) => writeQuota.take(null, key, body),
        refund(body, verdict) {
          if (storedNothing(verdict)) writeQuota.refund(null, key, body);
        },
      },
    };
  }

  /** Commands of the server's own user for a client without an account: rooms count for the client's address. */
  ofServer(server: { readonly id: UserId; readonly name: string }, address: string): CommandSource {
    const { admission, writeQuota } = this.#parts;
    const key = addressKey(address);
    return {
      actor: { id: server.id, name: server.name, walk_in: false },
      sender: null,
      origin: null,
      allowance: {
        take: () => 0,
        charge(body) {
          const full = writeQuota.take(null, key, body);
          if (full || body.kind !== "open_room") return full;
          const limited = admission.newOwnerlessRoom(address);
          if (limited) writeQuota.refund(null, key, body);
          return limited;
        },
        refund(body, verdict) {
          if (storedNothing(verdict)) writeQuota.refund(null, key, body);
          if (body.kind === "open_room" && isRepeatedOrRefused(verdict))
            admission.refundOwnerlessRoom(address);
        },
      },
    };
  }

  /**
   * Admits a command and hands it over. `answer` is called once: for a command that is not admitted before this returns,
   * otherwise when the outcome is on disk. False: the sender has refused commands in too many rooms, and must be closed.
   */
  submit(source: CommandSource, command: PendingCommand, answer: (verdict: Verdict) => void): boolean {
    const refused = this.admit(source, command);
    if (refused) {
      const kept = this.refuse(source, command, refused);
      answer(refused);
      return kept;
    }
    const { nonce, body } = command;
    const { chat, now } = this.#parts;
    chat.submit({ actor: source.actor, nonce, at: now(), body }, source.sender, (verdict) => {
      source.allowance.refund(body, verdict);
      this.#log(source, body, outcomeOf(verdict), seqOf(verdict));
      answer(verdict);
    });
    return true;
  }

  /** As `submit`, for callers that wait and promise no order. */
  perform(source: CommandSource, command: PendingCommand): Promise<Verdict> {
    return new Promise((resolve) => this.submit(source, command, resolve));
  }

  /** Charges for a command without handing it over, such as a message that is relayed and not stored. */
  admit(
    { sender, allowance }: Pick<CommandSource, "sender" | "allowance">,
    { nonce, body }: PendingCommand,
  ): Fault | null {
    const { chat, sessions } = this.#parts;
    if (sessions.draining) return fault("draining");
    // Before the rate: what is held costs none of it, and the refused command comes again the sooner.
    if (sender && chat.isHeld(sender, body.room, nonce)) return fault("held");
    const wait = allowance.take();
    if (wait > 0) return fault("rate_limited", undefined, wait);
    return allowance.charge(body);
  }

  /**
   * Notes that a command was refused, and holds the later ones of its sender to that room if it may come again (SPEC
   * CM-7). False: the sender has refused commands in too many rooms, and must be closed.
   */
  refuse(
    source: Pick<CommandSource, "sender" | "origin">,
    { nonce, body }: PendingCommand,
    { fault: code }: Fault,
  ): boolean {
    const { sender } = source;
    this.#log(source, body, code, 0);
    const mayComeAgain = code !== "held" && !FAULTS[code].final;
    return !sender || !mayComeAgain || this.#parts.chat.hold(sender, body.room, nonce);
  }

  #originOf(session: string, user: UserId): CommandOrigin | null {
    return this.#parts.traffic?.originOf(session, user) ?? null;
  }

  #log({ origin }: Pick<CommandSource, "origin">, body: Body, outcome: string, seq: number): void {
    if (origin !== null) this.#parts.traffic?.command(origin, body, outcome, seq);
  }
}

/** The seq that the first event of the command got; 0 where there is none. */
function seqOf(verdict: Verdict): number {
  return isFault(verdict) ? 0 : (verdict.placed[0]?.seq ?? 0);
}

function storedNothing(verdict: Verdict): boolean {
  return isRepeatedOrRefused(verdict) || (!isFault(verdict) && verdict.placed.length === 0);
}

function isRepeatedOrRefused(verdict: Verdict): boolean {
  return isFault(verdict) || verdict.duplicate;
}
