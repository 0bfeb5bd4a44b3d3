import type { CommandBody, FeedEvent, FeedId, Nonce, RoomId, UserId } from "@parley/protocol";
import type { Chance } from "./random.ts";
import { type CommandFrame, type SessionHost, SimSession } from "./session.ts";
import { type SimAudience, type SimState, SimStore, type SimUser } from "./store.ts";

/** A server in memory that speaks the frames, and has some bad days of its own. */
export class SimServer implements SessionHost, SimAudience {
  readonly store: SimStore;
  readonly sessions = new Set<SimSession>();
  /**
   * Nonces that were once refused for good. Such a refusal leaves no trace (SPEC CM-4): a resend whose answer was lost, or
   * a duplicate that an older connection still delivers, may pass later, behind what was sent after it.
   */
  readonly refused = new Set<Nonce>();
  /** Share of commands that are refused for the moment: before they are stored, or after. */
  faults = 0;
  readonly #chance: Chance;

  constructor(chance: Chance, now: () => number) {
    this.#chance = chance;
    this.store = new SimStore(now, this);
  }

  connect(send: (frame: string) => void): SimSession {
    const session = new SimSession(this, send);
    this.sessions.add(session);
    return session;
  }

  /** Decides on a command, or has a bad day. */
  command(session: SimSession, user: SimUser, frame: CommandFrame): void {
    const { nonce, request, type: _, ...fields } = frame;
    const body = fields as CommandBody;
    const holder = session.holds.get(body.room);
    if (holder !== undefined && holder !== nonce) {
      session.fault("held", { request, nonce });
      return;
    }
    session.holds.delete(body.room);
    if (this.#chance.chance(this.faults)) {
      session.holds.set(body.room, nonce);
      // The outcome of such a fault is unknown to the client: sometimes it was stored.
      if (this.#chance.chance(0.5)) this.store.perform(user, nonce, body);
      const code = this.#chance.pick(["internal", "storage", "rate_limited"] as const) ?? "internal";
      session.fault(code, { request, nonce }, code === "rate_limited" ? this.#chance.below(400) : undefined);
      return;
    }
    const answer = this.store.perform(user, nonce, body);
    if (typeof answer === "string") {
      this.refused.add(nonce);
      session.fault(answer, { request, nonce });
      return;
    }
    const { events, at, duplicate } = answer;
    const ack = { request, nonce, events: [...events], at };
    session.send({ type: "ack", acks: [duplicate ? { ...ack, duplicate: true as const } : ack] });
  }

  /** Answers a GET of the REST interface. */
  read(url: URL, token: string): { status: number; body: unknown } {
    const [, room, messages] = /\/rooms\/([^/]+)(\/messages)?$/.exec(url.pathname) ?? [];
    const user = this.store.user(token);
    if (!room || !user) return { status: 401, body: { code: "signed_out", title: "Sign in." } };
    const standing = this.store.roomStanding(room, user.id);
    if (!standing) return { status: 404, body: { code: "no_such_room", title: "There is no such room." } };
    if (!messages) return { status: 200, body: standing };
    const where = Object.fromEntries([...url.searchParams].map(([key, value]) => [key, Number(value)]));
    // Small pages, so that a short run has history to load.
    const limit = Math.min(4, where.limit ?? 4);
    return { status: 200, body: this.store.page(room, where, limit, user.id) };
  }

  refuses(): boolean {
    return this.#chance.chance(this.faults / 2);
  }

  holdsJoining(): boolean {
    return this.#chance.chance(0.5);
  }

  heads(): void {
    for (const session of this.sessions) session.heads();
  }

  /** The server comes back from a backup. Its sessions end. */
  restore(state: SimState, sameEpoch = false): void {
    this.sessions.clear();
    this.store.restore(state, sameEpoch);
  }

  published(feed: FeedId, event: FeedEvent): void {
    for (const session of this.sessions) session.published(feed, event);
  }

  gained(room: RoomId, user: UserId, seq: number): void {
    for (const session of this.sessions) session.gained(room, user, seq);
  }

  lost(room: RoomId, user: UserId): void {
    for (const session of this.sessions) session.lost(room, user);
  }
}
