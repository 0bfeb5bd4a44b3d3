import { createServer, type Server, Socket } from "node:net";

/** One cable: a client's connection and the proxy's connection to the server for it. */
class Cable {
  readonly #near: Socket;
  readonly #far: Socket;
  #isDead = false;

  constructor(near: Socket, target: number) {
    this.#near = near;
    this.#far = new Socket();
    this.#far.connect(target, "127.0.0.1");
    near.setNoDelay(true);
    this.#far.setNoDelay(true);
    this.#join(near, this.#far);
    this.#join(this.#far, near);
  }

  #join(from: Socket, to: Socket): void {
    from.on("data", (bytes) => {
      if (!this.#isDead) to.write(bytes);
    });
    from.on("end", () => {
      if (!this.#isDead) to.end();
    });
    from.on("error", () => this.cut());
    from.on("close", () => {
      if (!this.#isDead) this.cut();
    });
  }

  get isGone(): boolean {
    return this.#near.destroyed && this.#far.destroyed;
  }

  get isHalfOpen(): boolean {
    return this.#isDead;
  }

  /** Both ends get RST, and bytes in transit are lost. */
  cut(): void {
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  /** Nothing passes for a while; then all of it, in order. */
  stall(ms: number): void {
    for (const socket of [this.#near, this.#far]) socket.pause();
    setTimeout(() => {
      for (const socket of [this.#near, this.#far]) if (!socket.destroyed) socket.resume();
    }, ms).unref();
  }

  /** No byte passes any more and neither side is notified: a connection that died between them. */
  swallow(): void {
    this.#isDead = true;
  }

  /** Settles when the server has given up its side. */
  get farGone(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#far.destroyed) resolve();
      else this.#far.once("close", () => resolve());
    });
  }

  /** The server's side is gone, the client's stays open and silent: a peer that never closes. */
  halfOpen(): void {
    this.#isDead = true;
    this.#far.resetAndDestroy();
  }
}

/** A TCP proxy on loopback whose cables can be cut, stalled and left half open. */
export class CableProxy {
  readonly #server: Server;
  readonly #cables = new Set<Cable>();
  readonly #target: () => number;
  #isOpen = true;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer((near) => {
      if (!this.#isOpen) {
        near.resetAndDestroy();
        return;
      }
      const cable = new Cable(near, this.#target());
      this.#cables.add(cable);
      near.on("close", () => {
        if (cable.isGone) this.#cables.delete(cable);
      });
    });
  }

  /** Listens on `port` (0 takes a free one) and passes everything on to `target`, or to what it says for each connection; all on 127.0.0.1. */
  static async open(target: number | (() => number), port = 0): Promise<CableProxy> {
    const proxy = new CableProxy(typeof target === "number" ? () => target : target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(port, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** The cables that are up, oldest first. */
  get cables(): readonly Cable[] {
    for (const cable of this.#cables) if (cable.isGone) this.#cables.delete(cable);
    return [...this.#cables];
  }

  /** While it is shut, new connections are refused with a reset. */
  set isOpen(open: boolean) {
    this.#isOpen = open;
  }

  /** The network is whole again: what was left half open is reset, as a router that came back does. */
  heal(): void {
    this.#isOpen = true;
    for (const cable of this.#cables) if (cable.isHalfOpen) cable.cut();
  }

  cutAll(): void {
    for (const cable of this.#cables) cable.cut();
    this.#cables.clear();
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
