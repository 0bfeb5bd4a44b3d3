import type {
  Acknowledgement,
  EventId,
  FeedItem,
  MessageRef,
  Page,
  PageQuery,
  RoomId,
  UserId,
} from "@parley/protocol";
import { backoff } from "../base/backoff.ts";
import { ParleyError } from "../base/errors.ts";
import { Derived, type Observable } from "../base/observable.ts";
import type { Platform } from "../base/platform.ts";
import type { Rest } from "../base/rest.ts";
import type { Counted } from "../feeds/unread-count.ts";
import type { OutboxItem } from "../outbox/outbox.ts";
import type { MessageChange } from "../timeline/fold.ts";
import type { Me, TimelineItem } from "../timeline/item.ts";
import { Timeline } from "../timeline/timeline.ts";
import type { FailedEdit, Gone, TimelineView } from "./room.ts";

/** Messages in a page, and the least pause before a failed page is asked for again (milliseconds). */
const PAGE = 50;
const LOAD_RETRY_DELAY = 500;

/** What the copy of a room needs of its client. */
export interface RoomCacheContext {
  readonly rest: Rest;
  readonly platform: Platform;
  me(): Me;
  epoch(): string | null;
  /** Whether a page may be asked for: the connection is live, and the feed's place is known if it is the user's. */
  loadable(room: RoomId): boolean;
  /** The cursor in the room's feed, null when it is not followed. */
  cursor(room: RoomId): number | null;
  waiting(room: RoomId): readonly OutboxItem[];
}

/** What this device has of one room: loads its pages, keeps them current, shows them. */
export class RoomCache {
  readonly #id: RoomId;
  readonly #context: RoomCacheContext;
  readonly #messages: Timeline;
  readonly #view: Derived<TimelineView>;
  #opened = false;
  #error: string | null = null;
  #gone: Gone | null = null;
  /** The copy is missing or void: a page is to be loaded. */
  #wanted = false;
  /** The page on its way, with the events that came meanwhile. */
  #loading: { readonly since: FeedItem[] } | null = null;
  #faults = 0;
  #connections = 0;
  #before: Promise<void> | null = null;
  #after: Promise<void> | null = null;
  /** Counts copies and pieces, so that a page is not put to another one than it was asked for. */
  #shown = 0;
  #jumps = 0;
  /** Events were missed: what is looked at besides the copy goes when the new copy is here. */
  #missed = false;
  /** Where the piece that is looked at was asked for. */
  #target = 0;

  constructor(id: RoomId, context: RoomCacheContext) {
    this.#id = id;
    this.#context = context;
    this.#messages = new Timeline(() => context.me()?.id ?? null);
    this.#view = new Derived(() => this.#snapshot());
  }

  get view(): Observable<TimelineView> {
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
    const { first, hasBefore } = this.#messages;
    if (first === null || !hasBefore) return Promise.resolve();
    this.#before ??= this.#load({ before: first }, (page, late) =>
      this.#messages.prepend(page, late),
    ).finally(() => {
      this.#before = null;
      this.#view.invalidate();
    });
    this.#view.invalidate();
    return this.#before;
  }

  loadAfter(): Promise<void> {
    const { last, isDetached } = this.#messages;
    if (last === null || !isDetached) return Promise.resolve();
    this.#after ??= this.#load({ after: last }, (page, late) => this.#messages.append(page, late)).finally(
      () => {
        this.#after = null;
        this.#view.invalidate();
      },
    );
    this.#view.invalidate();
    return this.#after;
  }

  async jumpTo(seq: number): Promise<void> {
    this.open();
    const jump = ++this.#jumps;
    if (this.#messages.show(seq)) {
      this.#shown++;
      this.#view.invalidate();
      return;
    }
    const { page, late } = await this.#loadDetached({ around: seq, limit: PAGE });
    // A later jump has replaced this one.
    if (jump !== this.#jumps) return;
    this.#shown++;
    this.#target = seq;
    this.#messages.arrives(page);
    this.#messages.showDetached(page, late);
    this.#view.invalidate();
  }

  returnToLive(): void {
    this.#jumps++;
    if (!this.#messages.isDetached) return;
    this.#shown++;
    this.#messages.leaveDetached();
    this.#view.invalidate();
  }

  find(message: MessageRef): TimelineItem | null {
    return this.#messages.find(message, this.#context.me());
  }

  async loadQuote({ id, seq }: { readonly id: EventId; readonly seq: number }): Promise<TimelineItem | null> {
    const { page, late } = await this.#loadDetached({ around: seq, limit: 1 });
    const found = page.messages.find((message) => message.id === id);
    if (!found) return null;
    this.#messages.arrives(page);
    this.#messages.quote(found, late);
    this.#view.invalidate();
    return this.find(id);
  }

  countAbove(seq: number, me: UserId): Counted | null {
    return this.#opened && !this.#wanted && !this.#loading ? this.#messages.countAbove(seq, me) : null;
  }

  /** The connection is another one from here on, or none. */
  reconnected(): void {
    this.#connections++;
    this.#messages.reconnected();
  }

  /** Loads what is missing, if now is the time for it. */
  refresh(): void {
    if (this.#opened && this.#wanted && !this.#loading && this.#context.loadable(this.#id))
      void this.#begin();
  }

  /** The copy may miss events: it is shown on until a new page is here. */
  stale(): void {
    if (!this.#opened) return;
    this.#wanted = this.#gone?.why !== "deleted";
    this.#loading = null;
    this.#messages.missed();
    this.#missed = true;
    this.refresh();
  }

  /**
   * The server reports that the feed ends at `head`. False when the copy knows more, so that it is of a row of events that is
   * no longer there: it is dropped.
   */
  endsAt(head: number): boolean {
    if (this.#messages.top <= head) return true;
    this.drop();
    return false;
  }

  /** The copy is void and no longer shown. */
  drop(): void {
    this.#shown++;
    this.#jumps++;
    this.#messages.drop();
    this.#error = null;
    this.stale();
    this.#view.invalidate();
  }

  /** The room is no longer the user's. What is known of why it went stays; of a deleted one nothing is left to show. */
  left(gone: Gone): void {
    if (this.#gone !== null && this.#gone.why !== "lost") return;
    this.#gone = gone;
    if (gone.why === "deleted") {
      this.#messages.drop();
      this.#wanted = false;
      this.#loading = null;
    }
    this.#view.invalidate();
  }

  /** The room is the user's. */
  returned(): void {
    if (this.#gone === null) return;
    this.#gone = null;
    this.#view.invalidate();
  }

  /** Takes events of the feed. False when the copy was ahead of them and they contradict it: it is dropped. */
  applied(events: readonly FeedItem[]): boolean {
    if (!this.#opened) return true;
    if (!this.#messages.fits(events)) {
      this.drop();
      return false;
    }
    this.#loading?.since.push(...events);
    this.#messages.apply(events);
    this.#view.invalidate();
    return true;
  }

  acknowledged(item: OutboxItem, ack: Acknowledgement): void {
    const placed = ack.events.find(({ feed }) => feed === this.#id);
    if (this.#opened && placed) this.#messages.acknowledged(item, placed, ack.at);
    this.#view.invalidate();
  }

  /** Something that the view is made of has changed outside: the outbox, or who looks. */
  changed(): void {
    this.#view.invalidate();
  }

  async #begin(): Promise<void> {
    const loading = { since: [] };
    this.#loading = loading;
    this.#wanted = false;
    if (this.#messages.asOf === null) this.#error = null;
    this.#view.invalidate();
    try {
      const page = await this.#page({ limit: PAGE }, this.#context.cursor(this.#id));
      if (this.#loading !== loading) return;
      this.#messages.arrives(page);
      if (!this.#messages.fits(loading.since)) {
        this.drop();
        return;
      }
      this.#loading = null;
      this.#faults = 0;
      this.#error = null;
      const again = this.#missed && this.#messages.isDetached;
      if (this.#missed || !this.#messages.isDetached) this.#shown++;
      if (this.#missed) this.#messages.dropDetached();
      this.#missed = false;
      this.#messages.begin(page, loading.since);
      if (again) this.jumpTo(this.#target).catch(() => {});
    } catch (error) {
      if (this.#loading !== loading) return;
      this.#loading = null;
      this.#wanted = true;
      this.#error = (error as Error).message;
      if (!(error instanceof ParleyError && error.final))
        this.#tryLater(error instanceof ParleyError ? error.retryAfter : 0);
    }
    this.#view.invalidate();
  }

  /** `retryAfter` is what the server asked for, milliseconds. */
  #tryLater(retryAfter: number): void {
    const { platform } = this.#context;
    platform.timer(Math.max(LOAD_RETRY_DELAY, retryAfter) + backoff(this.#faults++, platform.random()), () =>
      this.refresh(),
    );
  }

  /** Loads a page beside what is looked at. */
  async #load(query: Partial<PageQuery>, take: (page: Page, late: MessageChange[]) => void): Promise<void> {
    const shown = this.#shown;
    const late = this.#messages.expect();
    try {
      const page = await this.#page({ ...query, limit: PAGE }, this.#messages.asOf);
      if (shown !== this.#shown) return;
      this.#messages.arrives(page);
      take(page, late);
    } finally {
      this.#messages.forget(late);
    }
  }

  /** A page from anywhere, and the changes that came while it was on its way: again, as long as some were missed. */
  async #loadDetached(query: Partial<PageQuery>): Promise<{ page: Page; late: MessageChange[] }> {
    for (;;) {
      const late = this.#messages.expect();
      try {
        const page = await this.#page(query, this.#messages.asOf);
        if (this.#messages.forget(late)) return { page, late };
      } catch (error) {
        this.#messages.forget(late);
        throw error;
      }
    }
  }

  /** A page of this lineage that knows at least what we know: pages and events must fit together. */
  async #page(query: Partial<PageQuery>, least: number | null): Promise<Page> {
    let page: Page;
    let connection: number;
    // What was read on another connection may be of another lineage, although the epoch is the same.
    do {
      connection = this.#connections;
      page = await this.#context.rest.page(this.#id, query);
    } while (connection !== this.#connections);
    // Without a connection it cannot be proved that it continues what is shown.
    if (!this.#context.loadable(this.#id))
      throw new ParleyError("offline", "There is no connection to the server.");
    if (page.epoch !== this.#context.epoch()) {
      throw otherLineage();
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
      items: this.#messages.items(this.#context.waiting(this.#id), this.#context.me()),
      failedEdits: failedEdits(this.#context.waiting(this.#id)),
      notices: this.#messages.notices(),
      hasBefore: this.#messages.hasBefore,
      loadingBefore: this.#before !== null,
      hasAfter: this.#messages.isDetached,
      loadingAfter: this.#after !== null,
      gone: this.#gone,
    };
  }

  #phase(): TimelineView["state"] {
    if (!this.#opened) return "unopened";
    if (this.#messages.asOf !== null || this.#gone?.why === "deleted") return "ready";
    return this.#error === null ? "loading" : "failed";
  }
}

function otherLineage(): ParleyError {
  return new ParleyError("http", "The server's data was replaced. This loads again by itself.");
}

function failedEdits(outbox: readonly OutboxItem[]): FailedEdit[] {
  return outbox.flatMap(({ nonce, body, failure }) =>
    body.kind === "edit_message" && failure
      ? [{ nonce, message: body.message, text: body.text, failure }]
      : [],
  );
}
