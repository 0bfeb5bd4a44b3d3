import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import type { Store } from "@parley/server/store/store.ts";
import { newNonce, startTestServer, WireClient } from "../support/test-server.ts";

test("EV-6 a message that is deleted while the history of a new client is read is not sent to it", async () => {
  let hold: { readonly read: () => void; readonly free: Promise<void> } | null = null;
  // A store that answers a moment later than it reads, as one behind a network does.
  const slow = (real: Store): Store => ({
    ...real,
    async page(...asked) {
      const found = await real.page(...asked);
      const held = hold;
      hold = null;
      held?.read();
      await held?.free;
      return found;
    },
  });
  const server = await startTestServer([], { store: slow });
  try {
    const ada = new WireClient(server);
    await ada.join("Ada");
    const password = newNonce();
    await ada.command({ kind: "send_message", room: LOBBY, text: "hello" });
    await ada.command({ kind: "send_message", room: LOBBY, text: "the password" }, password);
    const free = Promise.withResolvers<void>();
    const read = new Promise<void>((resolve) => {
      hold = { read: resolve, free: free.promise };
    });
    const received: string[] = [];
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws/Zoe?format=text`);
    const greeted = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        received.push(String(data));
        if (String(data).includes("hello")) resolve();
      });
    });
    await read;
    await ada.command({ kind: "delete_message", room: LOBBY, message: password });
    await ada.event(LOBBY, ({ kind }) => kind === "message_deleted");
    free.resolve();
    await greeted;
    // The history of a new client arrives in one turn, before any later message.
    const gotLater = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => String(data).includes("later") && resolve());
    });
    await ada.command({ kind: "send_message", room: LOBBY, text: "later" });
    await gotLater;
    expect(received.filter((line) => line.includes("password"))).toEqual([]);
    socket.close();
  } finally {
    await server.end();
  }
});
