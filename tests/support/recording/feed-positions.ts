import type { FeedId, Nonce } from "@parley/protocol";
import type { Entry } from "../checker/history.ts";
import type { Own } from "./recorder.ts";

/** The positions of the client by its record so far, for the script and for the run that waits for it. */
export class FeedPositions {
  readonly pending = new Set<string>();
  readonly feeds = new Map<FeedId, number>();
  user: string | null = null;
  readonly #tokens = new Map<Nonce, string>();
  /** Feeds in which this copy has applied something: a fresh word of the server does not move it. */
  readonly #touched = new Set<FeedId>();

  see(entry: Own<Entry>): void {
    switch (entry.t) {
      case "born":
        this.feeds.clear();
        this.#touched.clear();
        return;
      case "welcomed":
        this.user = entry.user;
        return;
      case "sent":
        if (entry.token !== null) this.#tokens.set(entry.nonce, entry.token);
        return;
      case "answered":
        if ("ack" in entry || entry.fault.final) this.pending.delete(this.#tokens.get(entry.nonce) ?? "");
        return;
      case "based":
        if (!this.#touched.has(entry.feed)) this.feeds.set(entry.feed, entry.seq);
        return;
      case "applied":
        this.#touched.add(entry.feed);
        this.feeds.set(entry.feed, entry.seq);
        return;
      case "reset":
      case "gone":
        this.#touched.delete(entry.feed);
        this.feeds.delete(entry.feed);
        return;
      default:
        entry.t satisfies Exclude<Entry["t"], "born">;
    }
  }
}
