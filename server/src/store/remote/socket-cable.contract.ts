import { connect, createServer, type Server, type Socket } from "node:net";

/** A cable between a gateway and the store process, which a test cuts or stops reading. Both ends are real sockets. */
export class SocketCable {
  readonly #to: string;
  readonly #server: Server;
  readonly #pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  #isReading = true;
  /** Bytes that came from the store process. */
  received = 0;
  connections = 0;

  private constructor(server: Server, to: string) {
    this.#server = server;
    this.#to = to;
    server.on("connection", (near) => this.#open(near));
  }

  /** Listens at a path, and connects what comes there to another one. */
  static open(at: string, to: string): Promise<SocketCable> {
    const server = createServer();
    const cable = new SocketCable(server, to);
    return new Promise((resolve) => server.listen(at, () => resolve(cable)));
  }

  /** What the store process sends stays in its socket from now on. */
  stopReading(): void {
    this.#isReading = false;
    for (const { far } of this.#pairs) far.pause();
  }

  readAgain(): void {
    this.#isReading = true;
    for (const { far } of this.#pairs) far.resume();
  }

  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#pairs.clear();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #open(near: Socket): void {
    this.connections++;
    const far = connect(this.#to);
    const pair = { near, far };
    this.#pairs.add(pair);
    near.on("data", (bytes) => void far.write(bytes));
    far.on("data", (bytes: Buffer) => {
      this.received += bytes.length;
      near.write(bytes);
    });
    if (!this.#isReading) far.pause();
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
