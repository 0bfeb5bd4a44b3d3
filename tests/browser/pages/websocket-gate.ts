import { createServer, type Server, Socket } from "node:net";

/** The upgrade of a connection to a WebSocket: browsers open one of its own for it. */
const UPGRADE = /^GET \/ws[ ?]/;

/**
 * A proxy in front of the server that can block WebSockets alone. The page still loads through it, as behind a proxy that
 * passes no WebSockets, or from a cache.
 */
export class WebSocketGate {
  readonly #server: Server;
  /** The sockets of WebSockets: the browser's, with the one to the server. */
  readonly #wires = new Map<Socket, Socket>();
  readonly #name: string;
  #open = true;
  #host: string | null = null;

  private constructor(target: number, name: string) {
    this.#name = name;
    this.#server = createServer((near) => {
      near.on("error", () => near.destroy());
      near.once("data", (first: Buffer) => {
        const isWire = UPGRADE.test(first.toString("latin1", 0, 16));
        if (isWire && !this.#open) return void near.destroy();
        const far = this.#join(near, isWire ? this.#withHost(first) : first, target);
        if (isWire) this.#wires.set(near, far);
      });
    });
  }

  /** Listens on a free port of this machine. `target` is the port of the server, `name` that of the machine in `url`. */
  static async to(target: number, name = "localhost"): Promise<WebSocketGate> {
    const gate = new WebSocketGate(target, name);
    const host = name === "localhost" ? name : "127.0.0.1";
    await new Promise<void>((resolve) => gate.#server.listen(0, host, resolve));
    return gate;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The gate does not listen.");
    return `http://${this.#name}:${address.port}`;
  }

  /** Resets the open WebSockets, and refuses new ones from now on. */
  shut(): void {
    this.#open = false;
    for (const near of this.#wires.keys()) near.resetAndDestroy();
    this.#wires.clear();
  }

  open(): void {
    this.#open = true;
  }

  /** Names another host in later upgrades, as a proxy with a common mistake does: the page's origin is foreign then. */
  rewriteHost(host: string): void {
    this.#host = host;
  }

  #withHost(first: Buffer): Buffer {
    if (this.#host === null) return first;
    return Buffer.from(first.toString("latin1").replace(/^Host: .*$/im, `Host: ${this.#host}`), "latin1");
  }

  /** Passes nothing on for the open sockets, and closes nothing: a dead connection that no side has noticed. */
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
