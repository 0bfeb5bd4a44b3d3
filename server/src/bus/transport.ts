/** One message to one channel. */
export type ChannelMessage = { readonly channel: string; readonly text: string };

/** What a transport reports. The calls may come at any time after `open`, never inside one of its methods. */
export interface TransportHandler {
  /** All channels that `listen` named are heard from now on. Also after every new connection. */
  up(): void;
  /** From now on messages may be lost, until the next `up`. */
  down(): void;
  /** These channels, added by `listen` while it was up, are heard from now on. */
  listening(channels: readonly string[]): void;
  /** The bytes are the handler's own. */
  message(channel: string, bytes: Buffer): void;
}

/**
 * Carries texts between nodes, by channel: publish and subscribe, at most once. It connects again by itself, and then
 * listens to the same channels.
 */
export interface Transport {
  open(handler: TransportHandler): void;
  /** Never throws and never waits. False: not connected, or too much is unsent, and nothing was sent. */
  send(messages: readonly ChannelMessage[]): boolean;
  listen(channels: readonly string[]): void;
  unlisten(channels: readonly string[]): void;
  /** Replaces the connection: it does not carry what is sent. */
  reconnect(): void;
  close(): Promise<void>;
}
