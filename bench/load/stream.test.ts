import { describe, expect, test } from "bun:test";
import { FeedLog, type Known } from "./feed-log.ts";
import { OPCODE, readHeader, writeFrame } from "./frames.ts";
import { FrameStream, type Listener } from "./stream.ts";

/** A server's frame: not masked. */
function frame(payload: string | Buffer, opcode: number = OPCODE.text, fin = true): Buffer {
  const body = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | opcode;
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body]);
  if (body.length < 65536) {
    return Buffer.concat([Buffer.from([first, 126, body.length >> 8, body.length & 255]), body]);
  }
  const long = Buffer.alloc(10);
  long[0] = first;
  long[1] = 127;
  long.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([long, body]);
}

/** An events frame of `count` events from `first` on, each of about `size` bytes. */
const event = (seq: number, id: string) =>
  frame(JSON.stringify({ type: "events", events: [{ seq, id, nonce: id, text: "" }] }));

function events(first: number, count: number, size = 10): Buffer {
  const list = Array.from({ length: count }, (_, i) => ({
    seq: first + i,
    id: `id-${first + i}`,
    nonce: `n-${first + i}`,
    text: "x".repeat(size),
  }));
  return frame(JSON.stringify({ type: "events", events: list }));
}

class Ear implements Listener<Ear> {
  readonly stream: FrameStream<Ear>;
  /** Each event once, however it was read. */
  readonly heard: number[] = [];
  readonly other: string[] = [];
  readonly controls: number[] = [];
  compared = 0;
  readonly #log: FeedLog<Ear>;

  constructor(log: FeedLog<Ear>) {
    this.#log = log;
    this.stream = new FrameStream<Ear>(this, log, this);
  }

  same(_: Ear, known: Known<Ear>): void {
    this.compared++;
    for (let i = 0; i < known.count; i++) this.heard.push(known.first + i);
  }

  text(_: Ear, payload: string, raw: Buffer): void {
    const parsed = JSON.parse(payload);
    if (parsed.type !== "events") {
      this.other.push(payload);
      return;
    }
    const known = this.#log.take(this.stream.cursor, parsed.events, raw, null);
    this.stream.cursor += known.count;
    for (let i = 0; i < known.count; i++) this.heard.push(known.first + i);
  }

  control(_: Ear, opcode: number): void {
    this.controls.push(opcode);
  }

  /** Reads the bytes in chunks that end at `borders`, each from a buffer that is wiped afterwards. */
  read(bytes: Buffer, borders: readonly number[] = []): void {
    let from = 0;
    for (const to of [...borders, bytes.length]) {
      const chunk = Buffer.concat([Buffer.alloc(3, 0xee), bytes.subarray(from, to), Buffer.alloc(3, 0xee)]);
      this.stream.read(chunk, 3, chunk.length - 3);
      chunk.fill(0xaa);
      from = to;
    }
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

describe("frames", () => {
  test.each([0, 1, 125, 126, 127, 65535, 65536, 70000])(
    "the header of %d bytes is read once it is whole",
    (size) => {
      const bytes = frame(Buffer.alloc(size, 0x20));
      const header = bytes.length - size;
      for (let end = 0; end < header; end++) expect(readHeader(bytes, 0, end)).toBeNull();
      expect(readHeader(bytes, 0, header)).toEqual({
        fin: true,
        opcode: OPCODE.text,
        size: header,
        length: size,
      });
    },
  );

  test("masked and compressed frames are refused", () => {
    expect(() => readHeader(Buffer.from([0x81, 0x80]), 0, 2)).toThrow("masked");
    expect(() => readHeader(Buffer.from([0xc1, 0x00]), 0, 2)).toThrow("reserved");
  });

  test.each([5, 125, 126, 300])("a written frame of %d bytes is masked with zero and whole", (size) => {
    const into = Buffer.alloc(1000, 0xff);
    const end = writeFrame(into, 7, OPCODE.text, "y".repeat(size));
    const header = size < 126 ? 2 : 4;
    expect(end).toBe(7 + header + 4 + size);
    expect(into[8]! & 0x80).toBe(0x80);
    expect(into.toString("latin1", 7 + header + 4, end)).toBe("y".repeat(size));
  });
});

describe("a stream", () => {
  const talk = Buffer.concat([
    frame('{"type":"ack"}'),
    events(1, 3),
    frame("", OPCODE.ping),
    events(4, 2, 200),
    frame('{"type":"pong"}'),
    events(6, 1, 70_000),
    events(7, 4),
  ]);

  test("is read whole at any single border of chunks, by the first and by the next", () => {
    const ends = Array.from({ length: 700 }, (_, i) => i);
    const near = [...ends, ...ends.map((i) => talk.length - 700 + i)];
    for (const border of near) {
      const log = new FeedLog<Ear>("feed");
      for (const ear of [new Ear(log), new Ear(log)]) {
        ear.read(talk, [border]);
        expect(ear.heard).toEqual(upTo(10));
        expect(ear.other).toEqual(['{"type":"ack"}', '{"type":"pong"}']);
        expect(ear.controls).toEqual([OPCODE.ping]);
      }
    }
  });

  test("is read whole byte by byte", () => {
    const log = new FeedLog<Ear>("feed");
    for (const ear of [new Ear(log), new Ear(log), new Ear(log)]) {
      ear.read(
        talk,
        [...Array(talk.length).keys()].filter((at) => at < 1000 || at > talk.length - 1000 || at % 977 === 0),
      );
      expect(ear.heard).toEqual(upTo(10));
    }
  });

  test("the second member compares and does not parse", () => {
    const log = new FeedLog<Ear>("feed");
    const [first, second] = [new Ear(log), new Ear(log)];
    first.read(talk);
    second.read(talk);
    expect([first.compared, second.compared]).toEqual([0, 4]);
  });

  test("a frame that only begins like the expected one is parsed", () => {
    const log = new FeedLog<Ear>("feed");
    new Ear(log).read(events(1, 5, 100));
    for (let border = 1; border < 400; border++) {
      const ear = new Ear(log);
      ear.read(Buffer.concat([events(1, 2, 100), events(3, 3, 100)]), [border]);
      expect(ear.heard).toEqual(upTo(5));
    }
  });

  test("a fragmented message is put together, also around a ping", () => {
    const unframed = events(1, 2);
    const whole = unframed.subarray(readHeader(unframed, 0, 10)!.size);
    const bytes = Buffer.concat([
      frame(whole.subarray(0, 10), OPCODE.text, false),
      frame("", OPCODE.ping),
      frame(whole.subarray(10, 20), OPCODE.continuation, false),
      frame(whole.subarray(20), OPCODE.continuation),
      events(3, 1),
    ]);
    for (let border = 0; border < bytes.length; border++) {
      const log = new FeedLog<Ear>("feed");
      for (const ear of [new Ear(log), new Ear(log)]) {
        ear.read(bytes, [border]);
        expect(ear.heard).toEqual(upTo(3));
      }
    }
  });

  test.each([
    ["a hole", [events(1, 2), events(4, 1)]],
    ["a repetition with another id", [events(1, 2), event(2, "id-9")]],
    ["a start above 1", [events(2, 1)]],
    ["no events at all", [events(1, 0)]],
  ])("%s is an error, for the first member and for the next", (_, frames) => {
    const log = new FeedLog<Ear>("feed");
    for (const ear of [new Ear(log), new Ear(log)]) {
      expect(() => ear.read(Buffer.concat(frames))).toThrow("feed");
    }
  });

  test("what was read before is left out", () => {
    const log = new FeedLog<Ear>("feed");
    for (const ear of [new Ear(log), new Ear(log)]) {
      ear.read(Buffer.concat([events(1, 2), events(2, 1), events(2, 2), events(4, 1)]));
      expect(ear.heard).toEqual(upTo(4));
    }
  });

  test("a frame that one member misses is found missing", () => {
    const log = new FeedLog<Ear>("feed");
    new Ear(log).read(Buffer.concat([events(1, 2), events(3, 2), events(5, 1)]));
    expect(() => new Ear(log).read(Buffer.concat([events(1, 2), events(5, 1)]))).toThrow("event 5 after 2");
  });
});

describe("a log", () => {
  test("an acknowledgement must name the event that came, whichever is first", () => {
    const log = new FeedLog<Ear>("feed");
    log.acknowledged(1, "id-1");
    expect(log.complete).toBe(false);
    const ear = new Ear(log);
    ear.read(events(1, 2));
    expect(log.complete).toBe(true);
    log.acknowledged(2, "id-2");
    expect(() => log.acknowledged(2, "id-9")).toThrow("acknowledged as id-9");
    log.acknowledged(3, "id-9");
    expect(() => ear.read(events(3, 1))).toThrow("acknowledged as id-9");
  });
});
