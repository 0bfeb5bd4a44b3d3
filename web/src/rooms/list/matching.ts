/** What holds every word of the filter, whatever the case; in the order given. */
export function matching<T>(things: readonly T[], filter: string, words: (thing: T) => string): T[] {
  const wanted = foldCase(filter).split(/\s+/u).filter(Boolean);
  return things.filter((thing) => {
    const text = foldCase(words(thing));
    return wanted.every((word) => text.includes(word));
  });
}

function foldCase(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
