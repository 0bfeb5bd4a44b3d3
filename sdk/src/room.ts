import type {
  Acknowledgement,
  CommandBody,
  EventId,
  FeedEvent,
  Member,
  Nonce,
  Page,
  RoomId,
  UserId,
} from "@parley/protocol";
import { backoff } from "./backoff.ts";
import { ParleyError } from "./errors.ts";
import { Derived, type Observable } from "./observable.ts";
import type { OutboxItem } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import type { Rest } from "./rest.ts";
import { type Me, Timeline, type TimelineItem } from "./timeline.ts";

/** Messages in a page, and the least pause before a failed page is asked for again (milliseconds). */
const PAGE = 50;
const LOAD_PAUSE = 500;

export type TimelineView = {
  /** `failed`: the newest page could not be loaded; it is tried again with the next connection, or with `open`. */
  readonly state: "unopened" | "loading" | "ready" | "failed";
  readonly error?: string;
  /** Ascending by seq, then own unacknowledged ones in order of sending. */
  readonly items: readonly TimelineItem[];
  /** There is older history to load. */
  readonly hasBefore: boolean;
  readonly loadingBefore: boolean;
};

/** One room: its timeline and what can be done in it. Promises reject with ParleyError. */
export interface Room {
  readonly id: RoomId;
  readonly timeline: Observable<TimelineView>;
  /** Loads the newest page and stays live. Calling it again does nothing, or tries again what failed. */
  open(): void;
  /** Loads the page before the first message. */
  loadBefore(): Promise<void>;
  /** Puts a message into the outbox. Never throws: what cannot be sent stands in the timeline as failed. */
  send(text: string, options?: { replyTo?: EventId; mentions?: readonly UserId[] }): void;
  edit(message: EventId, text: string, options?: { mentions?: readonly UserId[] }): Promise<void>;
  remove(message: EventId): Promise<void>;
  /** Sends a failed message again, at the end. */
  retry(nonce: Nonce): void;
  /** Gives up a failed message. */
  discard(nonce: Nonce): void;
  members(): Promise<readonly Member[]>;
}

/** What a room needs of its client. */
export interface RoomContext {
  readonly rest: Rest;
  readonly platform: Platform;
  me(): Me;
  epoch(): string | null;
  /** Whether a page may be asked for: the connection is live, and the feed's place is known if it is the user's. */
  loadable(room: RoomId): boolean;
  /** The cursor in the room's feed, null when it is not followed. */
  cursor(room: RoomId): number | null;
  waiting(room: RoomId): readonly OutboxItem[];
  send(body: CommandBody): void;
  perform(body: CommandBody): Promise<Acknowledgement>;
  retry(room: RoomId, nonce: Nonce): void;
  discard(room: RoomId, nonce: Nonce): void;
}

/** The room as the client sees it from inside. */
export class LiveRoom implements Room {
  readonly id: RoomId;
  readonly #context: RoomContext;
  readonly #messages = new Timeline();
  readonly #view: Derived<TimelineView>;
  #opened = false;
  #error: string | null = null;
  /** The copy is missing or void: a page is to be loaded. */
  #wanted = false;
  /** The page on its way, with the events that came meanwhile. */
  #loading: { readonly since: FeedEvent[] } | null = null;
  #faults = 0;
  #before: Promise<void> | null = null;
  /** Counts copies, so that an older page is not put before another copy than it was asked for. */
  #copy = 0;

  constructor(id: RoomId, context: RoomContext) {
    this.id = id;
    this.#context = context;
    this.#view = new Derived(() => this.#snapshot());
  }

  get timeline(): Observable<TimelineView> {
    return this.#view;
  }

  open(): void {
    if (!this.#opened) {
      this.#opened = true;
      this.#wanted = true;
      this.#view.invalidate();
    }
    this.refresh();
  }

  loadBefore(): Promise<void> {
    if (this.#messages.first === null || !this.#messages.hasBefore) return Promise.resolve();
    this.#before ??= this.#loadBefore(this.#messages.first).finally(() => {
      this.#before = null;
      this.#view.invalidate();
    });
    this.#view.invalidate();
    return this.#before;
  }

  send(text: string, { replyTo, mentions }: { replyTo?: EventId; mentions?: readonly UserId[] } = {}): void {
    this.#context.send({
      kind: "send_message",
      room: this.id,
      text,
      ...(mentions && mentions.length > 0 ? { mentions: [...mentions] } : {}),
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
    });
  }

  async edit(
    message: EventId,
    text: string,
    { mentions }: { mentions?: readonly UserId[] } = {},
  ): Promise<void> {
    const more = mentions && mentions.length > 0 ? { mentions: [...mentions] } : {};
    await this.#context.perform({ kind: "edit_message", room: this.id, message, text, ...more });
  }

  async remove(message: EventId): Promise<void> {
    await this.#context.perform({ kind: "delete_message", room: this.id, message });
  }

  retry(nonce: Nonce): void {
    this.#context.retry(this.id, nonce);
  }

  discard(nonce: Nonce): void {
    this.#context.discard(this.id, nonce);
  }

  members(): Promise<readonly Member[]> {
    return this.#context.rest.members(this.id);
  }

  /** Loads what is missing, if now is the time for it. */
  refresh(): void {
    if (this.#opened && this.#wanted && !this.#loading && this.#context.loadable(this.id)) void this.#load();
  }

  /** The copy may miss events: it is shown on until a new page is here. */
  stale(): void {
    if (!this.#opened) return;
    this.#wanted = true;
    this.#loading = null;
    this.refresh();
  }

  /** The copy is void and no longer shown. */
  drop(): void {
    this.#copy++;
    this.#messages.drop();
    this.#error = null;
    this.stale();
    this.#view.invalidate();
  }

  applied(events: readonly FeedEvent[]): void {
    if (!this.#opened) return;
    this.#loading?.since.push(...events);
    this.#messages.apply(events);
    this.#view.invalidate();
  }

  acknowledged(item: OutboxItem, ack: Acknowledgement): void {
    const placed = ack.events.find(({ feed }) => feed === this.id);
    if (this.#opened && placed && item.body.kind === "send_message") {
      this.#messages.acknowledged(item, placed, ack.at);
    }
    this.#view.invalidate();
  }

  /** Something that the view is made of has changed outside: the outbox, or who looks. */
  changed(): void {
    this.#view.invalidate();
  }

  async #load(): Promise<void> {
    const loading = { since: [] };
    this.#loading = loading;
    this.#wanted = false;
    if (this.#messages.asOf === null) this.#error = null;
    this.#view.invalidate();
    try {
      const page = await this.#page({ limit: PAGE }, this.#context.cursor(this.id));
      if (this.#loading !== loading) return;
      this.#loading = null;
      this.#faults = 0;
      this.#error = null;
      this.#copy++;
      this.#messages.begin(page, loading.since);
    } catch (error) {
      if (this.#loading !== loading) return;
      this.#loading = null;
      this.#wanted = true;
      this.#error = (error as Error).message;
      if (!(error instanceof ParleyError && error.final)) this.#tryLater();
    }
    this.#view.invalidate();
  }

  #tryLater(): void {
    const { platform } = this.#context;
    platform.timer(LOAD_PAUSE + backoff(this.#faults++, platform.random()), () => this.refresh());
  }

  async #loadBefore(before: number): Promise<void> {
    const copy = this.#copy;
    this.#messages.expectBefore();
    let page: Page | null = null;
    try {
      page = await this.#page({ before, limit: PAGE }, this.#messages.asOf);
    } finally {
      if (copy === this.#copy) this.#messages.prepend(page);
    }
  }

  /** A page of this lineage that knows at least what we know: pages and events must fit together. */
  async #page(query: { before?: number; limit: number }, least: number | null): Promise<Page> {
    const page = await this.#context.rest.page(this.id, query);
    if (page.epoch !== this.#context.epoch()) {
      throw new ParleyError("http", "The server's data was replaced. This loads again by itself.");
    }
    if (least !== null && page.as_of < least) {
      throw new ParleyError(
        "http",
        "The server's answer was older than what is shown. This loads again by itself.",
      );
    }
    return page;
  }

  #snapshot(): TimelineView {
    return {
      state: this.#phase(),
      ...(this.#error === null ? {} : { error: this.#error }),
      items: this.#messages.items(this.#context.waiting(this.id), this.#context.me()),
      hasBefore: this.#messages.hasBefore,
      loadingBefore: this.#before !== null,
    };
  }

  #phase(): TimelineView["state"] {
    if (!this.#opened) return "unopened";
    if (this.#messages.asOf !== null) return "ready";
    return this.#error === null ? "loading" : "failed";
  }
}
