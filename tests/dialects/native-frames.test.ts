import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LOBBY, SUBPROTOCOL } from "@parley/protocol";
import type { Store } from "@parley/server/store/store.ts";
import {
  connect,
  DIALECT_FIXTURES,
  echo,
  fresh,
  makeRoom,
  receivedText,
} from "../support/dialect-fixtures.ts";
import {
  newToken,
  SocketWithHeaders,
  startTestServer,
  type TestServer,
  WireClient,
} from "../support/test-server.ts";

let server: TestServer;
let store: Pick<Store, "heads">;
beforeAll(async () => {
  server = await startTestServer([], {
    store: (real) => {
      store = real;
      return real;
    },
  });
});
afterAll(() => server.end());

const head = async (room: string) => (await store.heads([room])).get(room)?.seq ?? 0;
const hello = () => JSON.stringify({ type: "hello", token: newToken(), device: "one", name: fresh("Ada") });

/** Offers the native subprotocol at this address, sends hello as soon as possible, and waits for the end. */
function offerNative(path: string, protocols: readonly string[] = [SUBPROTOCOL]) {
  const socket = new SocketWithHeaders(`ws://127.0.0.1:${server.port}${path}`, { protocols });
  const frames: string[] = [];
  socket.addEventListener("open", () => socket.send(hello()));
  socket.addEventListener("message", ({ data }) => frames.push(String(data)));
  return new Promise<{ code: number; reason: string; frames: string[] }>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason, frames }));
  });
}

describe("an upgrade that offers the native subprotocol anywhere but at /ws is refused with a reason", () => {
  const paths = (room: string) => [
    "/ws/",
    "/ws/ws",
    "/ws/Ada",
    "/ws/Ada?format=text",
    "/ws/anonymous",
    "/ws/Kitchen?username=Ada",
    `/ws/chat/${room}?username=Ada`,
    `/ws/chat/${LOBBY}`,
    "/ws/a/b",
    "/WS",
    "/",
    "/chat",
    "/api/v1/ws",
  ];

  test("HS-1 at every address of a dialect and at unknown ones, and no head moves", async () => {
    const room = await makeRoom(server, fresh("Room"));
    const before = [await head(LOBBY), await head(room)];
    for (const path of paths(room)) {
      const { code, reason, frames } = await offerNative(path);
      expect({ path, code, frames }).toEqual({ path, code: 4404, frames: [] });
      expect(reason).toContain("/ws");
    }
    expect(await offerNative("/ws/", ["chat", SUBPROTOCOL])).toMatchObject({ code: 4404 });
    expect([await head(LOBBY), await head(room)]).toEqual(before);
    const rooms = (await (await fetch(`${server.url}/api/chat/rooms`)).json()) as { name: string }[];
    expect(rooms.map(({ name }) => name)).not.toContain("Kitchen");
  });

  test("HS-1 at /ws it is the native protocol", async () => {
    const client = new WireClient(server);
    await client.join(fresh("Native"));
    client.close();
  });
});

describe.each(DIALECT_FIXTURES.map((dialect) => [dialect.title, dialect] as const))("%s", (_, dialect) => {
  test("a native frame with a token is never stored, raw or as a text, and the socket is closed", async () => {
    const room = dialect.lobby ? LOBBY : await makeRoom(server, fresh("Room"));
    const title = fresh("Tokens");
    const id = dialect.title === "B" ? await makeRoom(server, title) : room;
    const path = (name: string) => dialect.path(name, dialect.title === "B" ? title : room);
    const reader = connect(server, path(fresh("Reader")));
    await echo(reader, dialect, fresh("begin "));
    const before = await head(id);
    const token = newToken();
    const frames = [
      dialect.say(JSON.stringify({ type: "hello", token, device: "one" })),
      dialect.say(` \n${JSON.stringify({ device: "one", token, type: "hello" }, null, 2)}`),
    ];
    for (const frame of frames) {
      const client = connect(server, path(fresh("Lost")));
      await client.send(frame);
      const { code, reason } = await client.closed;
      expect([code, reason.includes("/ws")]).toEqual([4404, true]);
    }
    // As a frame of its own: the dialects with types refuse it, the lobby closes.
    const raw = connect(server, path(fresh("Raw")));
    await raw.send(JSON.stringify({ type: "hello", token, device: "one" }));
    expect((await raw.closed).code).toBe(4404);
    expect(await head(id)).toBe(before);
    // A text that only resembles one is a message.
    const like = JSON.stringify({ type: "hello", token: "short" });
    await reader.send(dialect.say(like));
    await receivedText(reader, dialect, like);
    expect(reader.frames.join("\n")).not.toContain(token);
    reader.close();
  });
});

test("a direct message has the same rule", async () => {
  const [ada, bim] = [connect(server, `/ws/${fresh("Ada")}`), connect(server, `/ws/${fresh("Bim")}`)];
  const { user_id } = await bim.untilType("connection_established");
  const token = newToken();
  await ada.send({
    type: "chat_message",
    receiver_id: user_id,
    content: JSON.stringify({ type: "hello", token }),
  });
  expect((await ada.closed).code).toBe(4404);
  bim.close();
  await bim.closed;
  expect(bim.frames.join("\n")).not.toContain(token);
});
