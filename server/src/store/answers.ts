import type { FeedId, Placed } from "@parley/protocol";

/** Where an event of an answer stands: the number of its feed, its seq and its id. */
export type Place = { readonly no: number; readonly seq: number; readonly id: string };

/** An answer as a nonce keeps it: `no:seq:id`, one for each event, in order. Empty: nothing changed. */
export function writeAnswer(placed: readonly Placed[], numberOf: (feed: FeedId) => number): string {
  let text = "";
  for (const { feed, seq, id } of placed) text += `${text === "" ? "" : " "}${numberOf(feed)}:${seq}:${id}`;
  return text;
}

export function readAnswer(text: string): Place[] {
  if (text === "") return [];
  return text.split(" ").map((place) => {
    const [no, seq, id] = place.split(":") as [string, string, string];
    return { no: Number(no), seq: Number(seq), id };
  });
}
