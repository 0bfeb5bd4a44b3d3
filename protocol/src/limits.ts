/** Sizes that belong to the wire (SPEC LM). Rates are the operator's and stand in the server's config. */
export const LIMITS = {
  /** Message text, in Unicode code points. */
  text: 8_000,
  /** A person's name, in code points, after trimming. */
  user_name: 32,
  /** A room's name, in code points, after trimming. */
  room_name: 64,
  /** A room's topic, in code points. */
  topic: 250,
  /** User ids that one message may mention. */
  mentions: 50,
  /** Members that a private room may be created with, besides its creator. */
  first_members: 6,
  /** Feeds that one command may append to. */
  feeds_per_command: 8,
  /** An incoming frame, in bytes: 8,000 escaped code points fit. */
  frame_bytes: 131_072,
  /** An outgoing batch of live events aims to stay under this many bytes; one large event may pass it. */
  batch_bytes: 65_536,
  /** Cursors in one resume frame. */
  cursors: 200,
  /** Feeds listed in one welcome or feeds frame. */
  feeds_per_frame: 200,
  /** Events in one replay page. */
  replay_events: 300,
  /** Bytes in one replay page; one large event may pass it. */
  replay_bytes: 262_144,
  /** Messages in one page of history. */
  page: 100,
  /** A device id, a client version: code points. */
  label: 64,
} as const;

export type Limits = { readonly [name in keyof typeof LIMITS]: number };
