import { gzip } from "node:zlib";

/** Content codings that answers are sent in, the best first: where a client likes several equally, the first one wins. */
export const CODINGS = ["br", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

/** Bytes from which an answer made for one request is compressed: a smaller one fits into one packet anyway. */
export const COMPRESSED_FROM = 1_024;
/** zlib's level for such answers: from here on more time buys few bytes. */
const LEVEL = 5;
/** Parts of an Accept-Encoding that are read: it has two or three, and its length is the client's choice. */
const MAX_PARTS = 16;

/**
 * The coding for a client, of those that there are; null for none (RFC 9110, 12.5.3). The highest q-value wins, at equal
 * ones the order of `CODINGS`, and no coding at all only where the client likes it more than each that there is.
 */
export function chooseCoding(accepted: string | null, available: (coding: Coding) => boolean): Coding | null {
  if (accepted === null) return null;
  const weights = weightsOf(accepted);
  const weightOf = (name: string) => weights.get(name) ?? weights.get("*") ?? 0;
  let best: Coding | null = null;
  let most = weights.get("identity") ?? 0;
  for (const coding of CODINGS) {
    const weight = weightOf(coding);
    const isBetter = best === null ? weight > 0 && weight >= most : weight > most;
    if (!isBetter || !available(coding)) continue;
    best = coding;
    most = weight;
  }
  return best;
}

/** Whether the request allows another coding of the answer (RFC 9111, 5.2.1.6). */
export function isTransformable(headers: Headers): boolean {
  return !/(?:^|,)\s*no-transform\s*(?:,|$)/i.test(headers.get("cache-control") ?? "");
}

/** The bytes in gzip, made on the runtime's own threads and not on the one of the sockets. */
export function gzipped(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    gzip(bytes, { level: LEVEL }, (error, result) => {
      if (error) reject(error);
      else resolve(new Uint8Array(result));
    });
  });
}

function weightsOf(accepted: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of accepted.split(",", MAX_PARTS)) {
    const [name = "", ...parameters] = part.split(";");
    const q = parameters.map((parameter) => /^\s*q\s*=\s*(.*?)\s*$/i.exec(parameter)?.[1]).find(Boolean);
    const weight = q === undefined ? 1 : Number(q);
    // An invalid weight counts as 0: a client that writes it wrong may not read the coding either.
    weights.set(name.trim().toLowerCase(), weight >= 0 && weight <= 1 ? weight : 0);
  }
  return weights;
}
