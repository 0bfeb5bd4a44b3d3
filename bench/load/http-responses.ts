/**
 * Cuts what a server sends on a kept-alive connection into responses (HTTP/1.1, RFC 9112), as far as ours sends them:
 * each has a Content-Length. Bytes that are handed in may be overwritten when the call returns.
 */
export class ResponseStream {
  #tail: Buffer = Buffer.alloc(0);

  /** `each` gets the status and the body of every response that is whole now; the body is good until it returns. */
  read(bytes: Buffer, start: number, end: number, each: (status: number, body: Buffer) => void): void {
    const fresh = bytes.subarray(start, end);
    // As good as always a response comes alone and whole, and nothing is copied.
    const all = this.#tail.length === 0 ? fresh : Buffer.concat([this.#tail, fresh]);
    let at = 0;
    for (;;) {
      const head = all.indexOf("\r\n\r\n", at);
      if (head < 0) break;
      const text = all.toString("latin1", at, head);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
      if (status === undefined || length === undefined) throw new Error(`An answer without length: ${text}`);
      const next = head + 4 + Number(length);
      if (next > all.length) break;
      each(Number(status), all.subarray(head + 4, next));
      at = next;
    }
    this.#tail = at === all.length ? Buffer.alloc(0) : Buffer.from(all.subarray(at));
  }
}
