import { Sockets } from "./epoll.ts";
import { ResponseStream } from "./http-responses.ts";

/** One kept-alive connection, with one request on its way at any time. */
export type HttpConnection = {
  readonly fd: number;
  readonly token: string;
  readonly stream: ResponseStream;
  /** When the request went out (ms). */
  sentAt: number;
};

export type Request = {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly fields?: readonly string[];
  /** JSON in Latin-1. */
  readonly body?: string;
};

/** Connections over HTTP/1.1 whose requests are put together by hand. */
export class HttpConnections {
  readonly #sockets = new Sockets();
  readonly #lines = new Map<number, HttpConnection>();
  readonly #port: number;
  /** Who is told of each answer; `body` is good until the call returns. */
  answered: (line: HttpConnection, status: number, body: Buffer) => void = () => {};

  constructor(port: number) {
    this.#port = port;
  }

  get received(): number {
    return this.#sockets.received;
  }

  open(token: string): HttpConnection {
    const fd = this.#sockets.connect(this.#port);
    const line = { fd, token, stream: new ResponseStream(), sentAt: 0 };
    this.#lines.set(fd, line);
    return line;
  }

  closeAll(): void {
    for (const fd of this.#lines.keys()) this.#sockets.close(fd);
    this.#lines.clear();
  }

  ask(line: HttpConnection, { method, path, fields = [], body }: Request): void {
    const content =
      body === undefined ? [] : ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.#port}`,
      `Authorization: Bearer ${line.token}`,
      ...content,
      ...fields,
    ];
    line.sentAt = performance.now();
    const text = `${head.join("\r\n")}\r\n\r\n${body ?? ""}`;
    this.#sockets.send(line.fd, this.#sockets.out.write(text, 0, "latin1"));
  }

  /** Takes what comes until `done`; throws after so many seconds. */
  pump(done: () => boolean, seconds = 30): void {
    const until = performance.now() + seconds * 1000;
    while (!done()) {
      this.#turn(10);
      if (performance.now() > until) throw new Error(`Waited ${seconds} s in vain for answers.`);
    }
  }

  pumpFor(ms: number): void {
    const until = performance.now() + ms;
    for (let now = performance.now(); now < until; now = performance.now())
      this.#turn(Math.ceil(until - now));
  }

  #turn(timeout: number): void {
    this.#sockets.poll(Math.min(timeout, 10), (fd, bytes, end) => {
      const line = this.#lines.get(fd);
      line?.stream.read(bytes, 0, end, (status, body) => this.answered(line, status, body));
    });
  }
}
