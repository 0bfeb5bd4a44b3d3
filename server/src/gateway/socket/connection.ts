/** A socket as a session sees it. Only socket.ts knows the runtime's own. None of these throws, also after the end. */
export interface Connection {
  /** The peer's address, for logs and limits. */
  readonly address: string;
  /**
   * Sends one text frame, in one write with what was published to its topics in this turn, behind it. No proof of
   * delivery: only seq and ack are.
   */
  send(frame: string): void;
  /** From now on hears what is published to the topic. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Bytes that wait for the peer to read. */
  buffered(): number;
  /** Asks the peer for a sign of life; its answer comes as `onActivity`. */
  ping(): void;
  /** Closes after what was sent has gone out. */
  close(code: number, reason: string): void;
  /** Drops the connection at once. */
  terminate(): void;
}

/** What the socket tells its session. */
export interface Peer {
  onFrame(data: string | Uint8Array): void;
  /** The buffer is empty again. */
  onDrain(): void;
  /** The peer gave a sign of life. */
  onActivity(): void;
  onClose(code: number, reason: string): void;
}

/** What another wire does with a request for a socket: opens it, answers without one, or null: it is not its address. */
export type SocketOpening = ((connection: Connection) => Peer) | Response | null;
