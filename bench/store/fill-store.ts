import { isFault, type RoomId, type UserId } from "@parley/protocol";
import type { Command } from "@parley/server/core/command.ts";
import type { Store, User } from "@parley/server/store/store.ts";

export type FillOptions = {
  readonly messages: number;
  readonly rooms?: number;
  readonly seed?: number;
  /** Milliseconds UTC of the first message; each comes a second after the one before it. */
  readonly from?: number;
};

/** What is in a filled store, and what is worth asking it for. */
export type Filled = {
  /** From the busiest to the quietest: the n-th has a share of about 1 / n. */
  readonly rooms: readonly RoomId[];
  /** Who is in all rooms, and in the three quietest only. */
  readonly everywhere: User;
  readonly aside: User;
  /** Wrote few messages; in the busiest room. */
  readonly quiet: User;
  /** By how often they come: the n-th in about 1 / n of the messages. */
  readonly words: readonly string[];
  /** Stands in ten messages, far apart. */
  readonly rare: string;
  readonly from: number;
  readonly to: number;
};

const WORDS = 30_000;
const PEOPLE = 500;
const BATCH = 4_096;
const RARE = "needle";
const CONSONANTS = "b c d f g h k l m n p r s t v w z ch sh st".split(" ");
const VOWELS = "a e i o u ai ou".split(" ");

/**
 * Fills an empty store with messages as people would have sent them, through its own commit: words, rooms and authors come
 * by Zipf's law, a few of them often and most of them hardly ever. The same seed says the same.
 */
export async function fillStore(store: Store, options: FillOptions): Promise<Filled> {
  const { messages, rooms: roomCount = 200, seed = 1, from = 1_700_000_000_000 } = options;
  const random = mulberry32(seed);
  const words = makeWords(random);
  const people = await signIn(store, PEOPLE, from);
  const [everywhere, aside, quiet, ...authors] = people as [User, User, User, ...User[]];
  let count = 0;
  const id = () => `01900000-0000-7000-8000-${(++count).toString(16).padStart(12, "0")}`;
  const command = (actor: User, at: number, body: Command["body"]): Command => {
    return { actor: { ...actor, walk_in: false }, nonce: id(), at, body };
  };
  const rooms = Array.from({ length: roomCount }, id);
  for (const [i, room] of rooms.entries()) {
    const name = `${words[i]} ${words[i + roomCount]} ${i}`;
    const members = [...authors, quiet, ...(i >= roomCount - 3 ? [aside] : [])];
    await accepted(store, [
      command(everywhere, from, { kind: "create_room", room, room_kind: i % 2 ? "private" : "public", name }),
      ...members.map(({ id: user }) => command(everywhere, from, { kind: "invite_member", room, user })),
    ]);
  }
  const roomBy = zipf(roomCount, 0);
  const wordBy = zipf(WORDS, 2.7);
  const authorBy = zipf(authors.length, 5);
  const oneOf = (list: readonly string[], by: (x: number) => number) => list[by(random())] as string;
  const textOf = (i: number) => {
    let text = oneOf(words, wordBy);
    for (let n = Math.floor(random() ** 2 * 24) + 1; n > 0; n--) text += ` ${oneOf(words, wordBy)}`;
    return i % Math.ceil(messages / 10) === 7 ? `${text} ${RARE}` : text;
  };
  let waiting: Promise<void> | undefined;
  for (let next = 0; next < messages; ) {
    const batch: Command[] = [];
    for (; batch.length < BATCH && next < messages; next++) {
      const room = oneOf(rooms, roomBy);
      const seldom = next % Math.ceil(messages / 20) === 11;
      const actor = seldom ? quiet : (authors[authorBy(random())] as User);
      batch.push(command(actor, from + next * 1_000, { kind: "send_message", room, text: textOf(next) }));
    }
    await waiting;
    waiting = accepted(store, batch);
  }
  await waiting;
  return { rooms, everywhere, aside, quiet, words, rare: RARE, from, to: from + messages * 1_000 };
}

async function accepted(store: Store, commands: readonly Command[]): Promise<void> {
  const { verdicts } = await store.commit(commands);
  const refused = verdicts.find(isFault);
  if (refused) throw new Error(`The store could not be filled: ${refused.fault} ${refused.detail ?? ""}`);
}

async function signIn(store: Store, count: number, at: number): Promise<User[]> {
  const requests = Array.from({ length: count }, (_, i) => {
    const user: UserId = `01900000-0000-7000-9000-${i.toString(16).padStart(12, "0")}`;
    return { token_hash: `filled ${i}`, name: `Person ${i}`, id: user, at };
  });
  return (await store.signIn(requests)).map((user) => {
    if (isFault(user)) throw new Error(`No guest may sign in: ${user.fault}`);
    return user;
  });
}

/** Short ones first, as in languages: what is said often is short. */
function makeWords(random: () => number): string[] {
  const oneOf = (list: readonly string[]) => list[Math.floor(random() * list.length)] as string;
  const found = new Set<string>();
  while (found.size < WORDS) {
    let word = "";
    for (let syllables = Math.floor(random() * 3) + 1; syllables > 0; syllables--) {
      word += oneOf(CONSONANTS) + oneOf(VOWELS);
    }
    found.add(random() < 0.5 ? word + oneOf(CONSONANTS) : word);
  }
  return [...found].sort((one, other) => one.length - other.length);
}

/** Turns a number from 0 to 1 into a place by Zipf's law with an offset: the n-th as often as 1 / (n + offset). */
function zipf(count: number, offset: number): (x: number) => number {
  const sums: number[] = [];
  let sum = 0;
  for (let n = 1; n <= count; n++) {
    sum += 1 / (n + offset);
    sums.push(sum);
  }
  return (x) => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < x * sum) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** A small seeded generator (mulberry32, public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
