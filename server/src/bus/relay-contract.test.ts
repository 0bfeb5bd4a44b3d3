import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRemoteStore } from "../store/remote/remote-store.ts";
import { serveStore } from "../store/remote/store-server.ts";
import { openForTest } from "../store/sqlite/opened.contract.ts";
import type { Bus } from "./bus.ts";
import { busContract, EPOCH, type OpenedBuses } from "./contract/bus.contract.ts";
import type { TransportFaults } from "./contract/faulty-transport.ts";
import { type Relay, relayBus } from "./relay.ts";

busContract("the store process", open);

/** Buses over a real store process and real sockets. What the store process publishes at a commit is published by hand. */
async function open(count: number, faults: TransportFaults | null): Promise<OpenedBuses> {
  const local = await openForTest();
  const folder = mkdtempSync(join(tmpdir(), "parley-relay-"));
  const path = join(folder, "store.sock");
  const onError = () => {};
  const server = await serveStore({
    store: local.store,
    path,
    state: () => ({ degraded: [], durability: "unsafe" }),
    onError,
  });
  const nodes = Array.from({ length: count }, (_, n) => `node-${n}`);
  const remotes = await Promise.all(
    nodes.map((node) =>
      openRemoteStore({
        path,
        node,
        onMismatch(error) {
          throw error;
        },
      }),
    ),
  );
  const after = (milliseconds: number, run: () => void) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  };
  const buses = remotes.map(({ relay }, n): Bus => {
    const node = nodes[n] as string;
    const real = relayBus({
      relay: faults ? faultyRelay(relay, faults) : relay,
      epoch: EPOCH,
      node,
      onError,
      after,
    });
    let isClosed = false;
    return {
      ...real,
      publish(message) {
        real.publish(message);
        // The store process has one epoch.
        if (!isClosed && message.epoch === EPOCH) server.publish([message], node);
      },
      async close() {
        isClosed = true;
        await real.close();
      },
    };
  });
  return {
    buses,
    async end() {
      for (const bus of buses) await bus.close();
      for (const { store } of remotes) await store.close();
      await server.close();
      await local.discard();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A relay that leaves out, repeats and reorders. What is left out is followed by a gap, as the store process promises. */
function faultyRelay(real: Relay, faults: TransportFaults): Relay {
  let gap: (reason: "behind") => void = () => {};
  return {
    ...real,
    get isConnected() {
      return real.isConnected;
    },
    onGap(listener) {
      gap = listener;
      real.onGap(listener);
    },
    onEvents(wants, listener) {
      const late: Parameters<typeof listener>[] = [];
      real.onEvents(wants, (...message) => {
        if (faults.random() < faults.drop) {
          setImmediate(() => gap("behind"));
          return;
        }
        if (faults.random() < faults.late) late.push(message);
        else listener(...message);
        if (faults.random() < faults.repeat) listener(...message);
        if (faults.random() < 0.5 || faults.late === 0) for (const each of late.splice(0)) listener(...each);
      });
    },
  };
}
