import { createServer, type Server, Socket } from "node:net";

/** The upgrade of a connection to a WebSocket: browsers open one of its own for it. */
const UPGRADE = /^GET \/ws[ ?]/;

/**
 * A passage to the server that can be closed for WebSockets alone. The page still loads through it, which is what
 * somebody behind a bad proxy, or with a page from a cache, lives with.
 */
export class WebSocketGate {
  readonly #server: Server;
  /** The sockets of WebSockets: the browser's, with the one to the server. */
  readonly #wires = new Map<Socket, Socket>();
  #open = true;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      near.on("error", () => near.destroy());
      near.once("data", (first: Buffer) => {
        const isWire = UPGRADE.test(first.toString("latin1", 0, 16));
        if (isWire && !this.#open) return void near.destroy();
        const far = this.#join(near, first, target);
        if (isWire) this.#wires.set(near, far);
      });
    });
  }

  /** Listens on a free port of this machine. `target` is the port of the server. */
  static async to(target: number): Promise<WebSocketGate> {
    const gate = new WebSocketGate(target);
    await new Promise<void>((resolve) => gate.#server.listen(0, "localhost", resolve));
    return gate;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The gate does not listen.");
    return `http://localhost:${address.port}`;
  }

  /** Cuts what is there, and lets no WebSocket through from now on. */
  shut(): void {
    this.#open = false;
    for (const near of this.#wires.keys()) near.resetAndDestroy();
    this.#wires.clear();
  }

  open(): void {
    this.#open = true;
  }

  /** Passes nothing on for the sockets that are there, and cuts nothing: a line that has died without a word. */
  hold(): void {
    for (const [near, far] of this.#wires) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
  }

  close(): void {
    this.shut();
    this.#server.close();
  }

  #join(near: Socket, first: Buffer, port: number): Socket {
    const far = new Socket();
    far.on("error", () => near.destroy());
    far.on("close", () => near.destroy());
    near.on("close", () => {
      far.destroy();
      this.#wires.delete(near);
    });
    far.connect(port, "127.0.0.1");
    far.write(first);
    near.pipe(far);
    far.pipe(near);
    return far;
  }
}
