import { type Fault, fault } from "@parley/protocol";

/** The largest body that is read. Bytes. */
export const BODY_BYTES = 1_048_576;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A request's body. */
export type Body = { readonly value: unknown };

/**
 * Reads a body as JSON; `value` is undefined where there is none. Never throws for what a client sent. A body without a
 * content type is taken for JSON.
 */
export async function readBody(request: Request): Promise<Body | Fault> {
  const { headers } = request;
  const type = headers.get("content-type");
  const encoding = headers.get("content-encoding");
  const length = headers.get("content-length");
  if (length !== null && Number(length) > BODY_BYTES) return tooLarge();
  if (encoding !== null && encoding !== "identity") {
    return fault("unsupported_media", "A body is taken as it is, without content-encoding.");
  }
  // Without a length the size shows only while reading.
  // A client that disconnects in the middle, or takes too long, gets no answer; that is no failure of the server.
  const bytes = await (length === null ? readWithin(request) : request.bytes()).catch(() => undefined);
  if (bytes === undefined) return fault("invalid", "body: ended too soon.");
  if (bytes === null || bytes.byteLength > BODY_BYTES) return tooLarge();
  if (bytes.byteLength === 0) return { value: undefined };
  if (type !== null && !JSON_TYPE.test(type))
    return fault("unsupported_media", `content-type: ${type.slice(0, 64)}`);
  try {
    return { value: JSON.parse(utf8.decode(bytes)) };
  } catch {
    return fault("invalid", "body: is not JSON in UTF-8.");
  }
}

function tooLarge(): Fault {
  return fault("too_large", `A body has at most ${BODY_BYTES} bytes.`);
}

/** All bytes of a body of unknown length; null when there are too many. */
async function readWithin(request: Request): Promise<Uint8Array | null> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
