import { LOBBY } from "@parley/protocol";
import { CableProxy } from "../../support/cable-proxy.ts";
import { pause } from "../../support/child-process.ts";
import { fuzz } from "../../support/fuzz.ts";
import { frameBytes, OPCODES, RawClient, upgradeRequest } from "../../support/raw-socket.ts";
import { newToken, WireClient } from "../../support/test-server.ts";

/** What misbehaving peers do to a server, and how each of them ended: by close code, status, or just closed. */
export type BadPeer = (
  server: { readonly port: number },
  count: number,
) => Promise<ReadonlyMap<string, number>>;

/** Connections that are opened in one go; more at once would only wait in the kernel's queue. */
const SLICE = 250;

async function inSlices<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let from = 0; from < count; from += SLICE) {
    const slice = Array.from({ length: Math.min(SLICE, count - from) }, (_, index) => make(from + index));
    made.push(...(await Promise.all(slice)));
  }
  return made;
}

async function tally(ends: readonly Promise<string>[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const end of await Promise.all(ends)) counts.set(end, (counts.get(end) ?? 0) + 1);
  return counts;
}

/** Sockets that never send hello. */
const silent: BadPeer = async ({ port }, count) => {
  const clients = await inSlices(count, async () => {
    const client = new RawClient(port);
    await client.upgrade();
    return client;
  });
  return tally(
    clients.map(async (client) => {
      const code = await client.closeCode();
      client.close();
      return String(code);
    }),
  );
};

/** Requests that arrive a byte a second. */
const dripping =
  (head: string, rest: string): BadPeer =>
  async ({ port }, count) => {
    const clients = await inSlices(count, async () => {
      const client = new RawClient(port);
      client.send(head);
      let at = 0;
      const drip = setInterval(() => client.send(rest[at++ % rest.length] ?? "x"), 1_000);
      void client.closed.then(() => clearInterval(drip));
      return client;
    });
    return tally(clients.map((client) => client.closed.then(() => client.text.split("\r\n")[0] || "closed")));
  };

const slowHeads = dripping("GET /ws HTTP/1.1\r\n", upgradeRequest().slice(18, 60));
const slowBodies = dripping(
  "POST /api/v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n",
  '{"name":"',
);

/** Signed in, in the lobby, and never reads, while another client sends a lot. */
const deaf: BadPeer = async ({ port }, count) => {
  const readers = await inSlices(count, async (index) => {
    const client = new RawClient(port);
    await client.upgrade();
    const say = (frame: object) => client.send(frameBytes(OPCODES.text, JSON.stringify(frame)));
    say({
      type: "hello",
      token: newToken(),
      device: "deaf",
      name: `Deaf ${index} ${newToken().slice(0, 8)}`,
    });
    const { payload } = await client.frame();
    const { epoch } = JSON.parse(payload.toString()) as { epoch: string };
    say({ type: "resume", epoch, cursors: [{ feed: LOBBY }] });
    await client.frame();
    client.socket.pause();
    return client;
  });
  const loud = new WireClient({ port });
  await loud.hello(`Loud ${newToken().slice(0, 8)}`);
  const text = "🦜".repeat(8_000);
  for (let round = 0; round < 20; round++) {
    await Promise.all(
      Array.from({ length: 32 }, () => loud.command({ kind: "send_message", room: LOBBY, text })),
    );
    loud.frames.length = 0;
    await pause(100);
  }
  loud.close();
  return tally(
    readers.map(async (client) => {
      client.socket.resume();
      const code = await client.closeCode();
      client.close();
      return String(code);
    }),
  );
};

/** Peers whose connection dies silently: no byte passes, and neither end is closed. */
const swallowed: BadPeer = async ({ port }, count) => {
  const proxy = await CableProxy.open(port);
  const clients = await inSlices(count, async (index) => {
    const client = new WireClient({ port: proxy.port });
    await client.join(`Swallowed ${index} ${newToken().slice(0, 8)}`);
    return client;
  });
  const cables = proxy.cables;
  for (const cable of cables) cable.swallow();
  const ended = await tally(cables.map((cable) => cable.farGone.then(() => "dropped by the server")));
  for (const client of clients) client.close();
  await proxy.close();
  return ended;
};

/** Clients that connect and disconnect without a pause. */
const churn: BadPeer = async ({ port }, count) => {
  const ends: Promise<string>[] = [];
  await inSlices(count, async (index) => {
    const client = new WireClient({ port });
    await client.hello(`Passer ${index} ${newToken().slice(0, 8)}`);
    client.close();
    ends.push(client.closed.then(() => "closed"));
  });
  return tally(ends);
};

/** Random and mutated frames. */
const garbage: BadPeer = async ({ port }, count) => {
  const { faults, closes, defects } = await fuzz({ port, seed: count, frames: count });
  if (defects.length > 0) throw new Error(defects.join("\n"));
  return new Map([...faults, ...[...closes].map(([code, times]) => [String(code), times] as const)]);
};

export const BAD_PEERS = { silent, slowHeads, slowBodies, deaf, swallowed, churn, garbage } as const;
export type BadPeerKind = keyof typeof BAD_PEERS;
