import type { ChannelMessage, Transport, TransportHandler } from "../transport.ts";

type Member = { handler: TransportHandler | null; readonly channels: Set<string>; isUp: boolean };

/** Publish and subscribe within a process, for tests: delivered in a later turn of the loop, in order, to every member. */
export class LocalNetwork {
  readonly #members = new Set<Member>();

  transport(): Transport & { cut(): void; join(): void } {
    const member: Member = { handler: null, channels: new Set(), isUp: false };
    this.#members.add(member);
    const setUp = (isUp: boolean) => {
      if (member.isUp === isUp) return;
      member.isUp = isUp;
      if (isUp) member.handler?.up();
      else member.handler?.down();
    };
    return {
      open: (handler) => {
        member.handler = handler;
        setImmediate(() => setUp(true));
      },
      send: (messages) => {
        if (!member.isUp) return false;
        setImmediate(() => this.#deliver(messages));
        return true;
      },
      listen: (channels) => {
        for (const channel of channels) member.channels.add(channel);
        if (member.isUp) setImmediate(() => member.handler?.listening(channels));
      },
      unlisten: (channels) => {
        for (const channel of channels) member.channels.delete(channel);
      },
      reconnect() {
        setUp(false);
        setImmediate(() => setUp(true));
      },
      cut: () => setUp(false),
      join: () => setUp(true),
      close: async () => {
        this.#members.delete(member);
      },
    };
  }

  #deliver(messages: readonly ChannelMessage[]): void {
    for (const { channel, text } of messages) {
      for (const { handler, channels, isUp } of this.#members) {
        if (isUp && channels.has(channel)) handler?.message(channel, Buffer.from(text));
      }
    }
  }
}
