import type { Nonce, RoomId } from "@parley/protocol";

/** The sender of commands: one object for each socket. What is held for it is forgotten with the object. */
export type Sender = object;

/** Rooms in which one sender may be held back at a time. More is no honest client. */
const MAX_ROOMS = 256;

/**
 * Keeps the order of one sender in one room over refusals that are not final (P5, SPEC CM-7): while a refused command may
 * come again, later ones to its room are held. It protects a sender who, once refused, waits for the answers to all that
 * is on its way and then begins again from the refused one.
 */
export class OrderGate {
  readonly #refused = new WeakMap<Sender, Map<RoomId, Nonce>>();

  /** Whether a command would be held. Asking changes nothing. */
  holds(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    const refused = this.#refused.get(sender)?.get(room);
    return refused !== undefined && refused !== nonce;
  }

  /** Whether a command may pass. The refused one may, and then others may too. */
  pass(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    const rooms = this.#refused.get(sender);
    const refused = rooms?.get(room);
    if (refused === undefined) return true;
    if (refused !== nonce) return false;
    rooms?.delete(room);
    return true;
  }

  /** A newcomer was refused. What was refused before it still comes first. False when it is held in too many rooms. */
  add(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    const rooms = this.#of(sender);
    if (!rooms.has(room)) rooms.set(room, nonce);
    return rooms.size <= MAX_ROOMS;
  }

  /** A command that had passed was refused after all: it comes before all that were refused since. */
  putBack(sender: Sender, room: RoomId, nonce: Nonce): void {
    this.#of(sender).set(room, nonce);
  }

  /** The sender gives this command up. */
  skip(sender: Sender, room: RoomId, nonce: Nonce): void {
    const rooms = this.#refused.get(sender);
    if (rooms?.get(room) === nonce) rooms.delete(room);
  }

  #of(sender: Sender): Map<RoomId, Nonce> {
    let rooms = this.#refused.get(sender);
    if (!rooms) {
      rooms = new Map();
      this.#refused.set(sender, rooms);
    }
    return rooms;
  }
}
