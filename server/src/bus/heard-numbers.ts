/** Milliseconds after which a node that was not heard is forgotten. */
const KEPT = 60_000;

/** The numbers of the messages that were heard, for each node and channel: a hole says that one was lost. */
export class HeardNumbers {
  readonly #nodes = new Map<string, { heardAt: number; readonly channels: Map<string, number> }>();

  /** Whether messages between this one and the last one of that node in that channel are missing. The first one has none before it. */
  hole(node: string, channel: string, number: number, now: number): boolean {
    let known = this.#nodes.get(node);
    if (!known) {
      known = { heardAt: now, channels: new Map() };
      this.#nodes.set(node, known);
    }
    known.heardAt = now;
    const last = known.channels.get(channel);
    if (last !== undefined && number <= last) return false;
    known.channels.set(channel, number);
    return last !== undefined && number > last + 1;
  }

  /** The channel was not listened to: its next message has none before it. */
  forgetChannel(channel: string): void {
    for (const { channels } of this.#nodes.values()) channels.delete(channel);
  }

  /** Forgets nodes that were not heard for a minute. */
  prune(now: number): void {
    for (const [node, { heardAt }] of this.#nodes) if (heardAt < now - KEPT) this.#nodes.delete(node);
  }

  clear(): void {
    this.#nodes.clear();
  }
}
