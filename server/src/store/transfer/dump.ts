import type { FeedId, Placed } from "@parley/protocol";

/**
 * A whole store as text, one JSON object a line, so that any program can read it and any engine can load it. State that
 * follows from the events (current messages, reactions, members) is not in it and is computed again; read positions are,
 * because the first events of a private feed may have been removed.
 */
export const DUMP_FORMAT = "parley";
export const DUMP_VERSION = 1;

/** The files of lines, in the order in which they are loaded. */
export const DUMP_FILES = ["users", "feeds", "rooms", "events", "members", "nonces"] as const;
export type DumpFile = (typeof DUMP_FILES)[number];
export const META = "meta.json";
/** The files of a legacy chat server, which an export can write, too. */
export const ROOMS_JSON = "rooms.json";
export const MESSAGES_JSON = "messages.json";

export function fileOf(kind: DumpFile): string {
  return `${kind}.ndjson`;
}

/** All names that an export may write. */
export const EXPORTED: readonly string[] = [META, ...DUMP_FILES.map(fileOf), ROOMS_JSON, MESSAGES_JSON];

/** The content of `meta.json`. It is written last: without it a folder is no dump. */
export type DumpMeta = {
  readonly format: typeof DUMP_FORMAT;
  readonly format_version: number;
  /** ISO 8601. */
  readonly made_at: string;
  /** The version of the server that wrote it, and the format of its store. */
  readonly version: string;
  readonly store_version: number;
  /** The lineage of all numbers: a client with the same one may resume from a cursor. */
  readonly epoch: string;
  /**
   * Whether a server was running on the store: then what it acknowledged after the snapshot is not in the export, and an
   * import has an epoch of its own. Absent in older exports, for which true is assumed.
   */
  readonly beside_server?: boolean;
  /** Set where a store is older than read positions, and counted everything in it as read. */
  readonly read_before?: string;
  readonly counts: { readonly [file in DumpFile]: number } & { readonly messages: number };
  readonly files: { readonly [name: string]: { readonly bytes: number; readonly sha256: string } };
};

export type UserLine = {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  /** Null: signing in as this user is not possible. */
  readonly token_hash: string | null;
  readonly created_at: number;
  readonly rev: number;
};

/** Feeds in the order of their creation. `last_id` is null where the feed has no event. */
export type FeedLine = {
  readonly feed: FeedId;
  readonly last: number;
  readonly last_id: string | null;
  readonly floor: number;
  readonly last_at: number;
  readonly last_message: number;
  readonly stamped: number;
};

/** The current state of a room. Of a deleted one only the last event is stored. */
export type RoomLine = {
  readonly room: string;
  readonly kind: string;
  readonly name: string | null;
  readonly topic: string;
  readonly state: string;
};

export type MemberLine = {
  readonly room: string;
  readonly user: string;
  readonly role: string;
  readonly read_seq: number;
};

/** Events in the order in which they were stored, over all feeds. `body` has the fields of its kind. */
export type EventLine = {
  readonly feed: FeedId;
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly actor: string;
  readonly name: string;
  readonly at: number;
  readonly nonce: string;
  readonly body: { readonly [field: string]: unknown };
};

export type NonceLine = {
  readonly nonce: string;
  readonly author: string;
  readonly digest: number;
  readonly at: number;
  readonly placed: readonly Placed[];
};
