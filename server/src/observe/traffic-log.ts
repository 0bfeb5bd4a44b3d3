import type { FaultCode } from "@parley/protocol";
import type { Log } from "./log.ts";

/** A response. */
export type AnsweredLine = {
  readonly request: string;
  readonly address: string;
  readonly user: string | undefined;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  /** The fault that was answered. */
  readonly code: FaultCode | undefined;
  readonly ms: number;
  /** Length of the body; undefined where it is not known before it is sent. */
  readonly bytes: number | undefined;
};

/** A session signed in, or a legacy session joined a room. `wire` names the protocol. */
export type ConnectedLine = {
  readonly session: string;
  readonly address: string;
  readonly wire: string;
  readonly user: string;
  readonly name: string;
  readonly room?: string;
  readonly client?: string | undefined;
};

/** A socket was closed, signed in or not. */
export type ClosedLine = {
  readonly session: string;
  readonly address: string;
  readonly wire: string;
  readonly user: string | null;
  readonly code: number;
  readonly reason: string;
};

/** A command; its text is logged only with LOG_TEXT=on. */
export type Commanded = { readonly kind: string; readonly room: string; readonly text?: string };

/**
 * Where the commands of one source come from, as their lines say it. The part of a line that is the same for all commands of a
 * kind to a room is kept from one command to the next: most commands of a session are messages to one room.
 */
class Origin {
  readonly session: string;
  readonly user: string;
  #kind = "";
  #room = "";
  #text = "";

  constructor(session: string, user: string) {
    this.session = session;
    this.user = user;
  }

  /** Ids and kinds need no escaping. */
  fields(kind: string, room: string): string {
    if (kind !== this.#kind || room !== this.#room) {
      const begin = `,"session":"${this.session}","user":"${this.user}","kind":"${kind}","room":"`;
      // Joined, so that it is one text and not put together again with each line.
      this.#text = [begin, room, '","outcome":"'].join("");
      this.#kind = kind;
      // Not `room`: that may be a part of a frame, and would keep all of it in memory.
      this.#room = this.#text.slice(begin.length, begin.length + room.length);
    }
    return this.#text;
  }
}

export type CommandOrigin = Pick<Origin, "session" | "user" | "fields">;

/** The destination of lines, such as a file. */
type Sink = { write(lines: string): void };

export type TrafficParts = {
  readonly access: Sink | null;
  readonly sockets: Sink | null;
  /** The terminal at level debug; else null. */
  readonly terminal: Pick<Log, "debug"> | null;
  readonly text: boolean;
  /** The name of this worker, where there are several. It needs no escaping. */
  readonly worker?: string | null;
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** pino's number of this level. */
const INFO = 30;

/**
 * Logs requests, sockets and commands, in the format of the other logs. The lines are built by hand: there is one for each
 * message, and pino would take ten times as long (3 us). They never contain tokens; message text only with `text`.
 */
export class TrafficLog {
  readonly #parts: TrafficParts;
  #time = 0;
  #begin = "";

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  answered(line: AnsweredLine): void {
    const { access, terminal } = this.#parts;
    access?.write(this.#line(line, "request"));
    // A failure is on the terminal already, as a warning.
    if (line.status < 500) terminal?.debug(line, "request");
  }

  connected(line: ConnectedLine): void {
    const { sockets, terminal } = this.#parts;
    sockets?.write(this.#line(line, "connected"));
    terminal?.debug(line, "connected");
  }

  closed(line: ClosedLine): void {
    const { sockets, terminal } = this.#parts;
    sockets?.write(this.#line(line, "closed"));
    terminal?.debug(line, "closed");
  }

  /** Where the commands of a session come from. `session` and `user` are ids. */
  originOf(session: string, user: string): CommandOrigin {
    return new Origin(session, user);
  }

  /** `outcome` is ok, unchanged, duplicate or a fault's code; `seq` is 0 where nothing was placed. */
  command(origin: CommandOrigin, { kind, room, text }: Commanded, outcome: string, seq: number): void {
    const { sockets, terminal } = this.#parts;
    if (sockets) {
      const textField = this.#parts.text && text !== undefined ? `,"text":${JSON.stringify(text)}` : "";
      const placed = seq === 0 ? "" : `,"seq":${seq}`;
      const begin = this.#stamp() + origin.fields(kind, room);
      sockets.write(`${begin}${outcome}"${placed}${textField},"msg":"command"}\n`);
    }
    if (!terminal) return;
    const { session, user } = origin;
    terminal.debug({ session, user, kind, room, outcome, ...(seq === 0 ? {} : { seq }) }, "command");
  }

  /** A frame was rejected with this fault. */
  refused(session: string, user: string | null, outcome: string): void {
    const { sockets, terminal } = this.#parts;
    const line = { session, user, outcome };
    sockets?.write(this.#line(line, "refused"));
    terminal?.debug(line, "refused");
  }

  #line(fields: object, msg: string): string {
    return `${this.#stamp()},${JSON.stringify({ ...fields, msg }).slice(1)}\n`;
  }

  /** The beginning of each line. Built once a millisecond. */
  #stamp(): string {
    const now = this.#parts.now();
    if (now !== this.#time) {
      this.#time = now;
      const { worker } = this.#parts;
      const label = worker ? `,"worker":"${worker}"` : "";
      this.#begin = `{"level":${INFO},"time":"${new Date(now).toISOString()}"${label}`;
    }
    return this.#begin;
  }
}
