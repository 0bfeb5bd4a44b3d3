/** What rows hold as bytes, read without the server's code: that code is what is tried. */

/** The text of a UUID of 16 bytes. */
export function uuidOf(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new Error(`An id has ${bytes.length} bytes`);
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** An answer as a nonce keeps it: for each event the number of its feed and its seq in base 128, and its id. */
export function placesOf(answer: Uint8Array): { no: number; seq: number; id: string }[] {
  const places: { no: number; seq: number; id: string }[] = [];
  const rest = [...answer];
  const number = (): number => {
    const byte = rest.shift() ?? Number.NaN;
    return byte < 128 ? byte : byte - 128 + 128 * number();
  };
  while (rest.length > 0)
    places.push({ no: number(), seq: number(), id: uuidOf(Uint8Array.from(rest.splice(0, 16))) });
  return places;
}
