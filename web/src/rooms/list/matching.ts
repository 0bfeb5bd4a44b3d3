/** What holds every word of the filter, whatever the case; in the order given. */
export function matching<T>(things: readonly T[], filter: string, words: (thing: T) => string): T[] {
  const wanted = fold(filter).split(/\s+/u).filter(Boolean);
  return things.filter((thing) => {
    const text = fold(words(thing));
    return wanted.every((word) => text.includes(word));
  });
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
