import { type Fault, fault, type UserId } from "@parley/protocol";
import type { GuestAllowance } from "../../auth/guests.ts";
import type { Body } from "../../core/command.ts";
import { type ContactLimits, Contacts, targetsOf } from "./contacts.ts";
import { KeyedRateLimiter } from "./rate-limiter.ts";

/** What one address may do; null lifts all of it. Rates are a second's or an hour's, bursts what may come at once. */
export type AddressLimits = AddressRates | null;
type AddressRates = {
  /** Connections a second. Large: a whole office behind one address comes back at once after a restart. */
  readonly connectRate: number;
  readonly connectBurst: number;
  /** Sockets at once. */
  readonly connectionsPerAddress: number;
  /** New guests, an hour. */
  readonly guestRate: number;
  readonly guestBurst: number;
  /** Hellos that fail for their token or name, an hour. */
  readonly failedHelloRate: number;
  readonly failedHelloBurst: number;
  /** Rooms that a user makes, an hour; an address ROOMS_PER_ADDRESS times as many. */
  readonly roomRate: number;
  readonly roomBurst: number;
} & NonNullable<ContactLimits>;

/** A socket that has not sent hello. */
export interface PendingConnection {
  close(code: number, reason: string): void;
}

export type AdmissionParts = {
  readonly limits: AddressLimits;
  /** Sockets at once, of all addresses. */
  readonly maxConnections: number;
  /** Sockets that have not sent hello, of all addresses. */
  readonly maxUnauthenticated: number;
  /** Bytes of memory above which no further socket is taken; 0 for no limit. */
  readonly maxMemory: number;
  /** Bytes that the process holds now. */
  readonly memory: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
};

const HOUR = 3_600;
/** Several users behind one address create rooms. */
const ROOMS_PER_ADDRESS = 5;
/** How long a reading of the memory is valid. Milliseconds. */
const MEMORY_CHECK_INTERVAL = 1_000;
/** When a client may retry after all connections of its address were taken. Milliseconds. */
const CAPACITY_RETRY = 10_000;

/**
 * Which connections are admitted, and what an address may begin. There are two allowances: a large one for connections,
 * and a small one for new guests, which a known token does not use. So all known clients reconnect after a restart, and a
 * crowd of new ones does not enter at once.
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
  /** The oldest first. */
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

  /** Takes a connection of this address. Returns 0, or in how many milliseconds the client may retry. */
  admit(address: string): number {
    const { limits, now } = this.#parts;
    const key = addressKey(address);
    if (limits && (this.#socketsOf.get(key) ?? 0) >= limits.connectionsPerAddress) return CAPACITY_RETRY;
    return this.#connects?.take(key, now()) ?? 0;
  }

  /** Whether the server has capacity for a further socket. */
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

  /** Call once for each `opened`. */
  closed(address: string): void {
    const key = addressKey(address);
    const left = (this.#socketsOf.get(key) ?? 1) - 1;
    this.#open--;
    if (left > 0) this.#socketsOf.set(key, left);
    else this.#socketsOf.delete(key);
  }

  /** A socket waits for its hello. Above the limit the oldest is closed: a client normally sends hello at once. */
  awaitHello(pending: PendingConnection): void {
    this.#pending.add(pending);
    if (this.#pending.size <= this.#parts.maxUnauthenticated) return;
    const [oldest] = this.#pending;
    if (!oldest) return;
    this.#pending.delete(oldest);
    oldest.close(4410, "Many wait to say hello, and this one was silent the longest.");
  }

  /** The socket has sent hello, or is closed. */
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

  /** Charges a user and an address for a new room. */
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
    // Called for every message: the key of the address costs more than all else here.
    if (targetsOf(body).length === 0) return null;
    return this.#contacts.take(user, addressKey(address), body);
  }

  /** Returns the charge: the command changed nothing. */
  refundContact(user: UserId, address: string, body: Body): void {
    this.#contacts.giveBack(user, addressKey(address), body);
  }

  /** Charges an address for a new room of a client without an account. */
  newOwnerlessRoom(address: string): Fault | null {
    return limited(this.#roomsOfAddresses?.take(addressKey(address), this.#parts.now()));
  }

  /** Returns the charge: that room was not created. */
  refundOwnerlessRoom(address: string): void {
    this.#roomsOfAddresses?.refund(addressKey(address));
  }

  /** Returns the charge: the room was not created, or had been created before. */
  refundRoom(user: UserId, address: string): void {
    this.#roomsOfUsers?.refund(user);
    this.#roomsOfAddresses?.refund(addressKey(address));
  }
}

function limited(wait: number | undefined): Fault | null {
  return wait ? fault("rate_limited", undefined, wait) : null;
}

/** What counts as one address: of IPv6 the first 64 bits, the network of one household or machine. */
export function addressKey(address: string): string {
  // First, because it is asked several times for each connection and each read.
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
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
