import type { FeedId } from "@parley/protocol";

/**
 * Feeds share this many channels, by a hash of their id. Measured: what costs is the number of messages, not that of
 * channels; and a node that connects again subscribes to 64 channels at most, not to one for each feed.
 */
export const SHARDS = 64;

/** The channel of signals to all nodes. */
export const ALL = "all";

/** FNV-1a, 32 bits: every node must give a feed the same shard, in this version and the next. */
export function shardOf(feed: FeedId): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < feed.length; i++) {
    hash = Math.imul(hash ^ feed.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % SHARDS;
}

export function shardChannel(shard: number): string {
  return `s${shard}`;
}

/** The channel of one node: only it listens there. */
export function nodeChannel(node: string): string {
  return `n${node}`;
}
