/** A socket as a session sees it. Only socket.ts uses the runtime's own. No method throws, even after the close. */
export interface Connection {
  /** The peer's address, for logs and limits. */
  readonly address: string;
  /**
   * Sends one text frame, in one write with what was published to its topics in this turn, behind it. No proof of
   * delivery: only seq and ack are.
   */
  send(frame: string): void;
  /** Receives what is published to the topic from now on. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** Bytes that wait for the peer to read. */
  buffered(): number;
  /** Sends a ping; the peer's answer comes as `onActivity`. */
  ping(): void;
  /** Closes after what was sent has gone out. */
  close(code: number, reason: string): void;
  /** Drops the connection at once. */
  terminate(): void;
}

/** What the socket reports to its session. */
export interface Peer {
  onFrame(data: string | Uint8Array): void;
  /** The buffer is empty again. */
  onDrain(): void;
  /** The peer answered a ping. */
  onActivity(): void;
  onClose(code: number, reason: string): void;
}

/** What the dialects do with a request for a socket: open it, or answer without one. Null: not an address of theirs. */
export type SocketOpening = ((connection: Connection) => Peer) | Response | null;
