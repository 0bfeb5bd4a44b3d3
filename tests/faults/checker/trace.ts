/** One system call of a traced process. `start` and `end` are the numbers of the lines where it began and was done. */
export type Call = {
  readonly thread: string;
  readonly name: string;
  /** Its arguments as text; the first is the descriptor with its path. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

const LINE = /^(\d+)\s+[\d.]+\s+(.*)$/s;

/** Reads what `strace -f -y -ttt` wrote. A call that another thread's line cut in two is put together again. */
export function readTrace(trace: string): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, { index: number; text: string }>();
  for (const [start, line] of trace.split("\n").entries()) {
    const [, thread = "", rest = ""] = LINE.exec(line) ?? [];
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/s.exec(rest);
    if (resumed) {
      const begun = open.get(thread);
      open.delete(thread);
      const call = begun && calls[begun.index];
      if (call) calls[begun.index] = { ...call, text: begun.text + resumed[2], end: start };
      continue;
    }
    const [, name, text = ""] = /^(\w+)\((.*)$/s.exec(rest) ?? [];
    if (!name) continue;
    const cut = text.endsWith("<unfinished ...>");
    if (cut) open.set(thread, { index: calls.length, text: text.replace(/ ?<unfinished \.\.\.>$/, "") });
    calls.push({ thread, name, text, start, end: cut ? Number.POSITIVE_INFINITY : start });
  }
  return calls;
}

const isLogWrite = ({ name, text }: Call) => /^pwrite/.test(name) && /^\d+<[^>]*-wal>/.test(text);
const isLogSync = ({ name, text }: Call) => /^f(data)?sync$/.test(name) && /^\d+<[^>]*-wal>/.test(text);
const isToSocket = ({ text }: Call) => /^\d+<(?:socket|TCP)/.test(text);
/** Quotes stand escaped in a trace. */
const isAck = (call: Call) => isToSocket(call) && call.text.includes('\\"type\\":\\"ack\\"');

/** Acks that left after a sync had failed: what is on disk is unknown from then on. Returns the violations. */
export function acksAfterFailure(calls: readonly Call[]): string[] {
  const failed = calls.find((call) => /^f(data)?sync$/.test(call.name) && /= -1 /.test(call.text));
  if (!failed) return ["no sync failed"];
  return calls
    .filter((call) => isAck(call) && call.start > failed.start)
    .map(({ text }) => `an ack left after the sync had failed: ${text.slice(0, 200)}`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", v: "\v", f: "\f" };

/** The bytes of a call's text, one character each: strace escapes what is not printable, in octal of up to three digits. */
function bytesIn(text: string): string {
  return text.replace(/\\([0-7]{1,3}|.)/gs, (_, escaped: string) =>
    /^[0-7]/.test(escaped) ? String.fromCharCode(Number.parseInt(escaped, 8)) : (ESCAPES[escaped] ?? escaped),
  );
}

/** A nonce as the store writes it: 16 bytes, one character each. */
function packed(nonce: string): string {
  return Buffer.from(nonce.replaceAll("-", ""), "hex").toString("latin1");
}

/**
 * I9: for each nonce, first the write-ahead log is written with it, then the log is synced, and only then the ack
 * leaves for the socket. One command at a time, so that no other commit writes in between. Says what does not hold.
 */
export function i9(calls: readonly Call[], nonces: readonly string[]): string[] {
  return nonces.flatMap((nonce) => {
    const ack = calls.find((call) => isAck(call) && call.text.includes(nonce));
    if (!ack) return [`I9: the ack for nonce ${nonce} was not seen on a socket`];
    const before = calls.filter(({ start }) => start < ack.start);
    const write = before.find((call) => isLogWrite(call) && bytesIn(call.text).includes(packed(nonce)));
    if (!write) return [`I9: nonce ${nonce} was acknowledged before it was written to the log`];
    const lastWrite = before.findLast((call) => isLogWrite(call) && call.thread === write.thread) ?? write;
    const sync = before.find((call) => isLogSync(call) && call.start > lastWrite.end);
    if (!sync || sync.end > ack.start)
      return [`I9: nonce ${nonce} was acknowledged before the log was synced`];
    return /= 0$/.test(sync.text)
      ? []
      : [`I9: the sync before the ack for nonce ${nonce} failed: ${sync.text}`];
  });
}
