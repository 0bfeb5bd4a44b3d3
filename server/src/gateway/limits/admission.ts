import { type Fault, fault, type UserId } from "@parley/protocol";
import type { GuestAllowance } from "../../auth/guests.ts";
import type { Body } from "../../core/command.ts";
import { type ContactLimits, Contacts } from "../contacts.ts";
import { KeyedRateLimiter } from "./rate-limiter.ts";

/** What one address may do; null lifts all of it. Rates are a second's or an hour's, bursts what may come at once. */
export type AddressLimits = AddressRates | null;
type AddressRates = {
  /** Connections a second. Large: a whole office behind one address comes back at once after a restart. */
  readonly connectRate: number;
  readonly connectBurst: number;
  /** Sockets at once. */
  readonly connectionsPerAddress: number;
  /** Guests who are new here, an hour. */
  readonly guestRate: number;
  readonly guestBurst: number;
  /** Hellos that fail for their token or name, an hour. */
  readonly failedHelloRate: number;
  readonly failedHelloBurst: number;
  /** Rooms that a user makes, an hour; an address makes ADDRESS_ROOMS times as many. */
  readonly roomRate: number;
  readonly roomBurst: number;
} & NonNullable<ContactLimits>;

/** A socket that has not said hello. */
export interface PendingConnection {
  close(code: number, reason: string): void;
}

export type AdmissionParts = {
  readonly limits: AddressLimits;
  /** Sockets at once, of all addresses. */
  readonly maxConnections: number;
  /** Sockets that have not said hello, of all addresses. */
  readonly maxUnauthenticated: number;
  /** Bytes of memory above which no further socket is taken; 0 for no mark. */
  readonly maxMemory: number;
  /** Bytes that the process holds now. */
  readonly memory: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
};

const HOUR = 3_600;
/** People behind one address make rooms, too. */
const ROOMS_PER_ADDRESS = 5;
/** How long a look at the memory is good for. Milliseconds. */
const MEMORY_CHECK_INTERVAL = 1_000;
/** When somebody may come again who found the places of an address or a user taken. Milliseconds. */
const CAPACITY_RETRY = 10_000;

/**
 * Who may come in, and what an address may begin. There are two allowances for connections: a large one at the door for
 * everybody, and a small one for guests who are new here, which a known token does not use. So those who come back after
 * a restart all get in, and a crowd that nobody knows does not.
 */
export class Admission {
  readonly #contacts: Contacts;
  readonly #parts: AdmissionParts;
  readonly #connects: KeyedRateLimiter | null;
  readonly #guests: KeyedRateLimiter | null;
  readonly #failedHellos: KeyedRateLimiter | null;
  readonly #roomsOfUsers: KeyedRateLimiter | null;
  readonly #roomsOfAddresses: KeyedRateLimiter | null;
  readonly #socketsOf = new Map<string, number>();
  /** The longest here first. */
  readonly #pending = new Set<PendingConnection>();
  #open = 0;
  #memoryCheckedAt = Number.NEGATIVE_INFINITY;
  #memoryFull = false;

  constructor(parts: AdmissionParts) {
    const { limits } = parts;
    this.#parts = parts;
    this.#contacts = new Contacts(limits, parts.now);
    this.#connects = limits && new KeyedRateLimiter(limits.connectRate, limits.connectBurst);
    this.#guests = limits && new KeyedRateLimiter(limits.guestRate / HOUR, limits.guestBurst);
    this.#failedHellos =
      limits && new KeyedRateLimiter(limits.failedHelloRate / HOUR, limits.failedHelloBurst);
    this.#roomsOfUsers = limits && new KeyedRateLimiter(limits.roomRate / HOUR, limits.roomBurst);
    this.#roomsOfAddresses =
      limits &&
      new KeyedRateLimiter(
        (ROOMS_PER_ADDRESS * limits.roomRate) / HOUR,
        ROOMS_PER_ADDRESS * limits.roomBurst,
      );
  }

  /** Addresses that have a socket now, for tests. */
  get addresses(): number {
    return this.#socketsOf.size;
  }

  /** Somebody knocks. Returns 0, or in how many milliseconds to come again. */
  admit(address: string): number {
    const { limits, now } = this.#parts;
    const key = addressKey(address);
    if (limits && (this.#socketsOf.get(key) ?? 0) >= limits.connectionsPerAddress) return CAPACITY_RETRY;
    return this.#connects?.take(key, now()) ?? 0;
  }

  /** Whether there is room for a further socket at all. */
  hasCapacity(): boolean {
    const { maxConnections, maxMemory, memory, now } = this.#parts;
    if (this.#open >= maxConnections) return false;
    if (maxMemory > 0 && now() - this.#memoryCheckedAt >= MEMORY_CHECK_INTERVAL) {
      this.#memoryCheckedAt = now();
      this.#memoryFull = memory() > maxMemory;
    }
    return !this.#memoryFull;
  }

  opened(address: string): void {
    const key = addressKey(address);
    this.#open++;
    this.#socketsOf.set(key, (this.#socketsOf.get(key) ?? 0) + 1);
  }

  /** Once for each that was opened. */
  closed(address: string): void {
    const key = addressKey(address);
    const left = (this.#socketsOf.get(key) ?? 1) - 1;
    this.#open--;
    if (left > 0) this.#socketsOf.set(key, left);
    else this.#socketsOf.delete(key);
  }

  /** A socket waits for its hello. Of too many the one that has had the most time goes: who means it says hello at once. */
  awaitHello(pending: PendingConnection): void {
    this.#pending.add(pending);
    if (this.#pending.size <= this.#parts.maxUnauthenticated) return;
    const [oldest] = this.#pending;
    if (!oldest) return;
    this.#pending.delete(oldest);
    oldest.close(4410, "Many wait to say hello, and this one was silent the longest.");
  }

  /** It has said hello, or is gone. */
  gotHello(pending: PendingConnection): void {
    this.#pending.delete(pending);
  }

  /** What an address may do to become a guest. `taken` is called when a new guest is charged for. */
  guestAllowance(address: string, taken: () => void = () => {}): GuestAllowance {
    const key = addressKey(address);
    const { now } = this.#parts;
    return {
      mayFail: () => {
        const wait = this.#failedHellos?.take(key, now()) ?? 0;
        if (wait === 0) this.#failedHellos?.refund(key);
        return limited(wait);
      },
      failed: () => void this.#failedHellos?.take(key, now()),
      take: () => {
        const refused = limited(this.#guests?.take(key, now()));
        if (!refused) taken();
        return refused;
      },
      giveBack: () => this.#guests?.refund(key),
    };
  }

  /** A user wants to make a room. */
  newRoom(user: UserId, address: string): Fault | null {
    const now = this.#parts.now();
    const own = limited(this.#roomsOfUsers?.take(user, now));
    if (own) return own;
    const shared = limited(this.#roomsOfAddresses?.take(addressKey(address), now));
    if (shared) this.#roomsOfUsers?.refund(user);
    return shared;
  }

  /** Charges a command for the users that it brings into a room. */
  contact(user: UserId, address: string, body: Body): Fault | null {
    return this.#contacts.take(user, addressKey(address), body);
  }

  /** That command changed nothing. */
  refundContact(user: UserId, address: string, body: Body): void {
    this.#contacts.giveBack(user, addressKey(address), body);
  }

  /** Somebody without an account wants to make a room. */
  newOwnerlessRoom(address: string): Fault | null {
    return limited(this.#roomsOfAddresses?.take(addressKey(address), this.#parts.now()));
  }

  /** That room was not made. */
  refundOwnerlessRoom(address: string): void {
    this.#roomsOfAddresses?.refund(addressKey(address));
  }

  /** It came to nothing, or had been made before: that costs nothing. */
  refundRoom(user: UserId, address: string): void {
    this.#roomsOfUsers?.refund(user);
    this.#roomsOfAddresses?.refund(addressKey(address));
  }
}

function limited(wait: number | undefined): Fault | null {
  return wait ? fault("rate_limited", undefined, wait) : null;
}

/** What counts as one address: of IPv6 the first 64 bits, which one household or machine has to itself. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array.from({ length: zeros }, () => "0"), ...last];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
