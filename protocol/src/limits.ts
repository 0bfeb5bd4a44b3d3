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
  /** Different reactions on one message. */
  reactions: 50,
  /** One reaction, in code points: the longest emoji sequences in use have about ten. */
  emoji: 32,
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
  /** Rooms whose signals one session may watch. */
  watched: 50,
  /** Members up to which presence names people; above, it only counts them. Typing is off above. */
  presence_list: 200,
  /** Members up to which a room shows who has read how far. */
  receipts: 50,
  /** Unread messages are counted up to here: 100 means 100 or more. */
  unread: 100,
  /** What is searched for, in code points. */
  query: 200,
  /** Hits in one page of a search, entries in one page of a directory. */
  results: 100,
  /** An `Idempotency-Key`, in ASCII characters. */
  idempotency_key: 255,
} as const;

export type Limits = { readonly [name in keyof typeof LIMITS]: number };
