/**
 * The key by which names are compared: compatibility forms folded and letters lowered (Unicode NFKC, UAX #15), runs of
 * white space as one space. Made here and nowhere else, so that both engines and all clients agree.
 *
 * @example
 * nameKey("Ａda  Lovelace") === nameKey("ada lovelace"); // true
 */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}
