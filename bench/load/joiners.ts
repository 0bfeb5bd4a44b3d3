import { Sockets } from "./epoll.ts";
import { FeedLog } from "./feed-log.ts";
import { OPCODE, upgradeRequest, writeFrame } from "./frames.ts";
import { FrameStream, type Listener } from "./stream.ts";

/** Upgrades that wait at once: the runtime lets 511 connections wait, and one more would be made to wait a second. */
const MAX_PENDING_CONNECTS = 256;
/** Seconds in which all must have come, and those until it is quiet. */
const CONNECT_TIMEOUT = 60;
const QUIET_TIMEOUT = 60;

class Joiner {
  readonly name: string;
  readonly stream: FrameStream<Joiner>;
  upgraded = false;
  /** It has seen a list or a notice of itself. */
  inside = false;
  /** It has seen a list of all. */
  complete = false;
  /** How many joins it was told of, its own among them. */
  told = 0;

  constructor(name: string, log: FeedLog<Joiner>, listener: Listener<Joiner>) {
    this.name = name;
    this.stream = new FrameStream<Joiner>(this, log, listener);
  }
}

/** Old clients that come into a lobby, each by its name, and count what is sent to them. Whatever goes wrong throws. */
export class Joiners implements Listener<Joiner> {
  frames = 0;
  bytes = 0;
  listFrames = 0;
  listBytes = 0;

  readonly #port: number;
  readonly #joiners: Joiner[];
  readonly #lists: boolean;
  readonly #sockets = new Sockets();
  readonly #byFd = new Map<number, Joiner>();
  #upgraded = 0;
  #inside = 0;
  #complete = 0;
  /** The most joinings that one client was told of: the first one must be told of all. */
  #told = 0;
  #lastFrame = 0;
  /** The list that was read last: most get the same one. */
  #list: { readonly text: string; readonly names: ReadonlySet<string> } = { text: "", names: new Set() };

  /** `lists`: the server sends lists of people. A storm is over when everybody has seen one of all. */
  constructor(port: number, count: number, prefix: string, lists: boolean) {
    this.#port = port;
    this.#lists = lists;
    // Frames are not expected here: each is counted by itself.
    const log = new FeedLog<Joiner>("none");
    this.#joiners = Array.from(
      { length: count },
      (_, i) => new Joiner(`${prefix}-${String(i).padStart(4, "0")}`, log, this),
    );
  }

  /** They come evenly within so many ms, or later where the server is slower. Returns the ms until the last is in. */
  come(within: number): number {
    const began = performance.now();
    const { length } = this.#joiners;
    for (let next = 0; this.#inside < length; this.#sockets.poll(1, this.#receive)) {
      const passed = performance.now() - began;
      if (passed > CONNECT_TIMEOUT * 1000)
        throw new Error(`After ${CONNECT_TIMEOUT} s only ${this.#inside} were in.`);
      while (
        next < length &&
        next * within <= passed * length &&
        next - this.#upgraded < MAX_PENDING_CONNECTS
      ) {
        this.#knock(this.#joiners[next++]!);
      }
    }
    return performance.now() - began;
  }

  /** The first one says so many messages. */
  say(count: number): void {
    const [first] = this.#byFd.keys();
    for (let i = 0; i < count; i++) {
      const text = `{"content":"message ${i}, about as long as messages are in the other works"}`;
      this.#tell(first!, OPCODE.text, text);
    }
  }

  /** Reads until everybody was told of and each has its list of all, and then nothing has come for so many ms. */
  untilQuiet(milliseconds: number): void {
    const began = performance.now();
    const { length } = this.#joiners;
    const missing = () => this.#told < length || (this.#lists && this.#complete < length);
    while (missing() || performance.now() - this.#lastFrame < milliseconds) {
      if (performance.now() - began > QUIET_TIMEOUT * 1000)
        throw new Error(
          `The lobby does not become quiet: ${this.#told} of ${length} were told of, ${this.#complete} have a list of all.`,
        );
      this.#sockets.poll(10, this.#receive);
    }
  }

  /** All go, without a word. */
  leave(): void {
    for (const fd of this.#byFd.keys()) this.#sockets.close(fd);
    this.#byFd.clear();
  }

  text(joiner: Joiner, payload: string, raw: Buffer): void {
    this.frames++;
    this.bytes += raw.length;
    this.#lastFrame = performance.now();
    if (payload.startsWith('{"type":"user_list_update"')) {
      this.listFrames++;
      this.listBytes += raw.length;
      this.#people(joiner, payload);
    } else if (payload.includes(" joined the chat")) this.#joined(joiner, payload);
    else if (payload.startsWith('{"type":"error"')) throw new Error(`The server sent ${payload}`);
  }

  same(): void {
    throw new Error("This load follows no feed.");
  }

  control(joiner: Joiner, opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      for (const [fd, one] of this.#byFd)
        if (one === joiner) this.#tell(fd, OPCODE.pong, payload.toString("latin1"));
    } else if (opcode === OPCODE.close) {
      throw new Error(`The server closed ${joiner.name}: ${payload.toString("utf8", 2)}`);
    }
  }

  #people(joiner: Joiner, text: string): void {
    if (text !== this.#list.text) {
      const { users } = JSON.parse(text) as { users: { name: string }[] };
      this.#list = { text, names: new Set(users.map(({ name }) => name)) };
    }
    const { names } = this.#list;
    if (names.has(joiner.name)) this.#enter(joiner);
    if (names.size < this.#joiners.length || joiner.complete) return;
    joiner.complete = true;
    this.#complete++;
  }

  /** `'Ada' joined the chat`, `'Ada', 'Bim' and 98 others joined the chat`. */
  #joined(joiner: Joiner, text: string): void {
    const { content } = JSON.parse(text) as { content: string };
    const others = /and (\d+) others? joined/.exec(content);
    joiner.told += content.split("'").length >> 1;
    if (others) joiner.told += Number(others[1]);
    this.#told = Math.max(this.#told, joiner.told);
    if (joiner.told > this.#joiners.length) throw new Error(`${joiner.name} was told of a joining twice.`);
    if (content.includes(`'${joiner.name}'`)) this.#enter(joiner);
  }

  #enter(joiner: Joiner): void {
    if (joiner.inside) return;
    joiner.inside = true;
    this.#inside++;
  }

  #knock(joiner: Joiner): void {
    const fd = this.#sockets.connect(this.#port);
    this.#byFd.set(fd, joiner);
    const request = upgradeRequest(`/ws/${joiner.name}`, `127.0.0.1:${this.#port}`, null);
    this.#sockets.send(fd, this.#sockets.out.write(request, 0, "latin1"));
  }

  #tell(fd: number, opcode: number, payload: string): void {
    this.#sockets.send(fd, writeFrame(this.#sockets.out, 0, opcode, payload));
  }

  readonly #receive = (fd: number, bytes: Buffer, end: number): void => {
    const joiner = this.#byFd.get(fd);
    if (!joiner) return;
    let at = 0;
    if (!joiner.upgraded) {
      const close = bytes.subarray(0, end).indexOf("\r\n\r\n");
      const answer = bytes.toString("latin1", 0, end);
      if (!answer.startsWith("HTTP/1.1 101 ") || close < 0) throw new Error(`No upgrade: ${answer}`);
      joiner.upgraded = true;
      this.#upgraded++;
      at = close + 4;
    }
    joiner.stream.read(bytes, at, end);
  };
}
