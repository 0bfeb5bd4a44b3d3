/**
 * The key by which names are compared: compatibility forms folded and letters lowered (Unicode NFKC, UAX #15), runs of
 * white space as one space. Computed here only, so that all engines and clients agree.
 */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}
