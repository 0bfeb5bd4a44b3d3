import type { ChannelMessage, Transport } from "../transport.ts";

/** How often a message is lost, sent twice, or sent after later ones; each from 0 to 1. `random`: from 0 to below 1. */
export type TransportFaults = {
  drop: number;
  repeat: number;
  late: number;
  readonly random: () => number;
};

/** Messages that wait to be sent late. */
const MOST_LATE = 8;

/** A transport between a bus and its network that loses, repeats and reorders. A node still hears itself. */
export function faultyTransport(real: Transport, faults: TransportFaults): Transport {
  const late: ChannelMessage[] = [];
  const isItself = ({ channel }: ChannelMessage) => channel.startsWith("n");
  return {
    open: (handler) => real.open(handler),
    send(messages) {
      const now: ChannelMessage[] = [];
      for (const message of messages) {
        if (isItself(message)) {
          now.push(message);
          continue;
        }
        if (faults.random() < faults.drop) continue;
        if (faults.random() < faults.late && late.length < MOST_LATE) late.push(message);
        else now.push(message);
        if (faults.random() < faults.repeat) now.push(message);
      }
      if (late.length > 0 && faults.random() < 0.5) now.push(...late.splice(0));
      return now.length === 0 || real.send(now);
    },
    listen: (channels) => real.listen(channels),
    unlisten: (channels) => real.unlisten(channels),
    reconnect: () => real.reconnect(),
    close: () => real.close(),
  };
}
