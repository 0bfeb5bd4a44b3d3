/** Where an event of an answer stands: the number of its feed, its seq and its id. */
export type Place = { readonly no: number; readonly seq: number; readonly id: string };

/** An answer as a nonce keeps it: `no:seq:id`, one for each event, in order. Empty: nothing changed. */
export function writeAnswer(places: readonly Place[]): string {
  let text = "";
  for (const { no, seq, id } of places) text += `${text === "" ? "" : " "}${no}:${seq}:${id}`;
  return text;
}

export function readAnswer(text: string): Place[] {
  if (text === "") return [];
  return text.split(" ").map((place) => {
    const [no, seq, id] = place.split(":") as [string, string, string];
    return { no: Number(no), seq: Number(seq), id };
  });
}
