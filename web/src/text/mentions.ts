/** A user who can be mentioned in a text. */
export type Named = { readonly id: string; readonly name: string };

/** A run of a text: words, or the name of a person. `id` is null for everyone in the room. */
export type Run =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "mention"; readonly text: string; readonly id: string | null };

/** What means everyone in the room. */
export const ROOM_WORD = "room";
/** Names that are drawn as such in one text; further ones are words. */
export const MAX_DRAWN = 100;
/** A name is over where no letter, digit or mark of its kind follows. */
const GOES_ON = /^[\p{L}\p{N}\p{M}_]/u;
const BEFORE = /[\p{L}\p{N}\p{M}_]$/u;

/** Cuts a text at the first `most` names of `people` after an `@`, the longest name first. Names may hold spaces. */
export function runsOf(
  text: string,
  people: readonly Named[],
  room: boolean,
  most: number = Number.POSITIVE_INFINITY,
): Run[] {
  if (!text.includes("@") || (people.length === 0 && !room)) return [{ kind: "words", text }];
  const named = people
    .map(({ id, name }): { id: string | null; key: string } => ({ id, key: foldCase(name) }))
    .concat(room ? [{ id: null, key: ROOM_WORD }] : [])
    .filter(({ key }) => key !== "")
    .sort((one, other) => other.key.length - one.key.length);
  const folded = foldCase(text);
  // A fold that moves characters would cut in the wrong places.
  if (folded.length !== text.length) return [{ kind: "words", text }];

  const runs: Run[] = [];
  let end = 0;
  let names = 0;
  for (let at = text.indexOf("@"); at !== -1 && names < most; at = text.indexOf("@", Math.max(at + 1, end))) {
    if (BEFORE.test(text.slice(0, at).slice(-2))) continue;
    const found = named.find(
      ({ key }) => folded.startsWith(key, at + 1) && !GOES_ON.test(text.slice(at + 1 + key.length)),
    );
    if (found === undefined) continue;
    if (at > end) runs.push({ kind: "words", text: text.slice(end, at) });
    end = at + 1 + found.key.length;
    names += 1;
    runs.push({ kind: "mention", text: text.slice(at, end), id: found.id });
  }
  if (end < text.length) runs.push({ kind: "words", text: text.slice(end) });
  return runs;
}

/** Whom a text means: ids, each once and at most `most` of them, and whether everybody. */
export function mentionsIn(
  text: string,
  people: readonly Named[],
  most: number,
): { readonly mentions: string[]; readonly mentionsRoom: boolean } {
  const ids = new Set<string>();
  let mentionsRoom = false;
  for (const run of runsOf(text, people, true)) {
    if (run.kind === "words") continue;
    if (run.id === null) mentionsRoom = true;
    else if (ids.size < most) ids.add(run.id);
  }
  return { mentions: [...ids], mentionsRoom };
}

function foldCase(text: string): string {
  return text.toLowerCase();
}
