import { expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import type { Store } from "@parley/server/store/store.ts";
import { newNonce, startTestServer, WireClient } from "../support/test-server.ts";

test("EV-6 what is deleted while a newcomer's history is read is not shown to the newcomer", async () => {
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
    const heard: string[] = [];
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws/Zoe?format=text`);
    const said = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        heard.push(String(data));
        if (String(data).includes("hello")) resolve();
      });
    });
    await read;
    await ada.command({ kind: "delete_message", room: LOBBY, message: password });
    await ada.event(LOBBY, ({ kind }) => kind === "message_deleted");
    free.resolve();
    await said;
    // What a newcomer is shown comes in one turn, before anything that is said later.
    const later = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => String(data).includes("later") && resolve());
    });
    await ada.command({ kind: "send_message", room: LOBBY, text: "later" });
    await later;
    expect(heard.filter((line) => line.includes("password"))).toEqual([]);
    socket.close();
  } finally {
    await server.end();
  }
});
