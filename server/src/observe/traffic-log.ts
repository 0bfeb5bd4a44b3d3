import type { FaultCode } from "@parley/protocol";
import type { Log } from "./log.ts";

/** An answer to a request. */
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
  /** Of the body; undefined where nobody knows before it is sent. */
  readonly bytes: number | undefined;
};

/** Somebody is signed in, or a walk-in is in a room. `wire` names the dialect. */
export type ConnectedLine = {
  readonly session: string;
  readonly address: string;
  readonly wire: string;
  readonly user: string;
  readonly name: string;
  readonly room?: string;
  readonly client?: string | undefined;
};

/** A socket ended, also one that never signed in. */
export type ClosedLine = {
  readonly session: string;
  readonly address: string;
  readonly wire: string;
  readonly user: string | null;
  readonly code: number;
  readonly reason: string;
};

/** What a command was; its text is written only when the operator asks for it. */
export type Commanded = { readonly kind: string; readonly room: string; readonly text?: string };

/** Takes the lines of one file. */
type Sink = { write(lines: string): void };

export type TrafficParts = {
  readonly access: Sink | null;
  readonly sockets: Sink | null;
  /** The terminal, when it shows everything; else null. */
  readonly terminal: Pick<Log, "debug"> | null;
  readonly text: boolean;
  /** Milliseconds UTC. */
  readonly now: () => number;
};

/** As pino numbers it. */
const INFO = 30;

/**
 * What goes in and out, line by line, in the shape of the other logs. The lines are put together by hand: there is one for
 * every message, and pino would take ten times as long (3 us). No token ever comes here; a text only with `text`.
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
    // A failure stands there already, as a warning.
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

  /** `outcome` is ok, unchanged, duplicate or a fault's code; `seq` is 0 where nothing was placed. Ids need no escaping. */
  command(
    session: string,
    user: string,
    { kind, room, text }: Commanded,
    outcome: string,
    seq: number,
  ): void {
    const { sockets, terminal } = this.#parts;
    if (sockets) {
      const placed = seq === 0 ? "" : `,"seq":${seq}`;
      const said = this.#parts.text && text !== undefined ? `,"text":${JSON.stringify(text)}` : "";
      sockets.write(
        `${this.#stamp()},"session":"${session}","user":"${user}","kind":"${kind}","room":"${room}",` +
          `"outcome":"${outcome}"${placed}${said},"msg":"command"}\n`,
      );
    }
    terminal?.debug({ session, user, kind, room, outcome, ...(seq === 0 ? {} : { seq }) }, "command");
  }

  /** A frame that could not be taken, with the fault that it got. */
  refused(session: string, user: string | null, outcome: string): void {
    const { sockets, terminal } = this.#parts;
    const line = { session, user, outcome };
    sockets?.write(this.#line(line, "refused"));
    terminal?.debug(line, "refused");
  }

  #line(fields: object, msg: string): string {
    return `${this.#stamp()},${JSON.stringify({ ...fields, msg }).slice(1)}\n`;
  }

  /** How each line begins. Made once a millisecond. */
  #stamp(): string {
    const now = this.#parts.now();
    if (now !== this.#time) {
      this.#time = now;
      this.#begin = `{"level":${INFO},"time":"${new Date(now).toISOString()}"`;
    }
    return this.#begin;
  }
}
