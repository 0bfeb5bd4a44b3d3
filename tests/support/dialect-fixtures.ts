import { LegacyClient } from "./legacy-client.ts";
import { RawClient, upgradeRequest } from "./raw-socket.ts";
import type { TestServer } from "./test-server.ts";

/** One of the wires, as far as a test needs to know it to run the same on each. */
export type DialectFixture = {
  readonly title: string;
  /** The address of a socket under this name. `room` is the id of the room; B makes its own of that name. */
  readonly path: (name: string, room: string) => string;
  /** The frame that sends this text. */
  readonly say: (text: string) => string;
  /** The text of a message frame; null for every other frame. */
  readonly said: (frame: string) => string | null;
  readonly isError: (frame: string) => boolean;
  /** The lobby is one room for all; the others make a room for each test. */
  readonly lobby: boolean;
};

const parsed = (frame: string): { type?: unknown; content?: unknown } => {
  try {
    return JSON.parse(frame);
  } catch {
    return {};
  }
};
const saidBy = (type: string) => (frame: string) => {
  const { type: is, content } = parsed(frame);
  return is === type ? String(content) : null;
};
const isError = (frame: string) => parsed(frame).type === "error";

export const DIALECT_FIXTURES: readonly DialectFixture[] = [
  {
    title: "A",
    path: (name) => `/ws/${name}`,
    say: (content) => JSON.stringify({ content }),
    said: saidBy("chat"),
    isError,
    lobby: true,
  },
  {
    title: "B",
    path: (name, room) => `/ws/${room}?username=${name}`,
    say: (content) => JSON.stringify({ content }),
    said: saidBy("message"),
    isError,
    lobby: false,
  },
  {
    title: "D",
    path: (name) => `/ws/${name}?format=text`,
    say: (text) => text,
    said: (frame) => (/^System: /.test(frame) ? null : frame.slice(frame.indexOf(": ") + 2)),
    isError: (frame) => frame.startsWith("System: ") && !/ (joined|left) the chat$/.test(frame),
    lobby: true,
  },
  {
    title: "E",
    path: (name, room) => `/ws/chat/${room}?username=${name}`,
    say: (content) => JSON.stringify({ type: "message", content }),
    said: saidBy("message"),
    isError,
    lobby: false,
  },
];

let count = 0;
/** A name, of a person or a room, that no other test has. */
export const fresh = (name: string) => `${name}${++count}`;

/** Makes a room as E does. Returns its id. */
export async function makeRoom({ url }: Pick<TestServer, "url">, name: string): Promise<string> {
  const answer = await fetch(`${url}/api/chat/rooms`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}

/** A room in which this wire is spoken: the lobby, or a new one. For B its name, for the others its id. */
export async function roomFor(server: TestServer, { title, lobby }: DialectFixture): Promise<string> {
  if (lobby) return "lobby";
  return title === "B" ? fresh("Room") : makeRoom(server, fresh("Room"));
}

export function connect(
  { port }: Pick<TestServer, "port">,
  path: string,
  headers?: Record<string, string>,
): LegacyClient {
  return new LegacyClient(`ws://127.0.0.1:${port}${path}`, headers);
}

/** Sends a text and waits until it comes back: from here on the client is in the room and receives its messages. */
export async function echo(client: LegacyClient, dialect: DialectFixture, text: string): Promise<void> {
  await client.send(dialect.say(text));
  await receivedText(client, dialect, text);
}

/** Waits until this text was received. */
export async function receivedText(
  client: LegacyClient,
  { said }: DialectFixture,
  text: string,
): Promise<void> {
  while (said(await client.text()) !== text);
}

/** Asks by hand for a socket at this address. Gives the head of the answer, too. */
export async function ask(
  { port }: Pick<TestServer, "port">,
  path: string,
  headers: readonly string[] = [],
): Promise<{ readonly client: RawClient; readonly head: string }> {
  const client = new RawClient(port);
  const request = upgradeRequest(headers).replace("GET /ws ", `GET ${path} `);
  client.send(headers.length > 0 ? request : request.replace(/Sec-WebSocket-Protocol: .*\r\n/, ""));
  return { client, head: await client.head() };
}

/** A TCP connection that is upgraded at this path and then sends only what the test sends: it answers no ping. */
export async function rawAt(server: Pick<TestServer, "port">, path: string): Promise<RawClient> {
  const { client, head } = await ask(server, path);
  if (!head.startsWith("HTTP/1.1 101")) throw new Error(head);
  return client;
}
