import type { FeedId, Placed } from "@parley/protocol";

/**
 * A whole store as text, one JSON object a line, so that it can be read by anything and loaded by any engine. What follows
 * from the events (messages as they are now, reactions, members) is not in it and is worked out anew; how far everybody
 * has read is, because the beginning of a private feed may be gone.
 */
export const DUMP_FORMAT = "parley";
export const DUMP_VERSION = 1;

/** The files of lines, in the order in which they are loaded. */
export const DUMP_FILES = ["users", "feeds", "rooms", "events", "members", "nonces"] as const;
export type DumpFile = (typeof DUMP_FILES)[number];
export const META = "meta.json";
/** What the small chat server keeps, and what is written for it. */
export const ROOMS_JSON = "rooms.json";
export const MESSAGES_JSON = "messages.json";

export function fileOf(kind: DumpFile): string {
  return `${kind}.ndjson`;
}

/** All names that an export may write. */
export const EXPORTED: readonly string[] = [META, ...DUMP_FILES.map(fileOf), ROOMS_JSON, MESSAGES_JSON];

/** What `meta.json` says. It is written last: without it a folder is no dump. */
export type DumpMeta = {
  readonly format: typeof DUMP_FORMAT;
  readonly format_version: number;
  /** ISO 8601. */
  readonly made_at: string;
  /** Of the server that wrote it, and of its store. */
  readonly version: string;
  readonly store_version: number;
  /** The lineage of all numbers: who knows it may go on from a cursor. */
  readonly epoch: string;
  /**
   * Whether a server was running on the store: then what it acknowledged after this moment is not in the export, and an import
   * has an epoch of its own. Absent in exports of before, which count as such.
   */
  readonly beside_server?: boolean;
  /** Set where a store from before read positions took all that it held for read. */
  readonly read_before?: string;
  readonly counts: { readonly [file in DumpFile]: number } & { readonly messages: number };
  readonly files: { readonly [name: string]: { readonly bytes: number; readonly sha256: string } };
};

export type UserLine = {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  /** Null: nobody can sign in as this user. */
  readonly token_hash: string | null;
  readonly created_at: number;
  readonly rev: number;
};

/** Feeds stand in the order in which they were made. `last_id` is null where the feed has no event. */
export type FeedLine = {
  readonly feed: FeedId;
  readonly last: number;
  readonly last_id: string | null;
  readonly floor: number;
  readonly last_at: number;
  readonly last_message: number;
  readonly stamped: number;
};

/** A room as it is now. Of a deleted one only the end is left. */
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

/** Events stand in the order in which they were stored, over all feeds. `body` is what only its kind has. */
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
