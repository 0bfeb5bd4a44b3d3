import { afterEach, describe, expect, test } from "bun:test";
import { directRoomId, FAULTS, LOBBY } from "@parley/protocol";
import { connect } from "../support/dialect-fixtures.ts";
import { RestClient } from "../support/rest-client.ts";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.end();
});

/** One way into the server. Each method sends one command and returns `ok` or the code of its fault. */
type Client = {
  readonly message?: (text: string) => Promise<string>;
  readonly room?: (name: string) => Promise<string>;
  readonly contact?: (user: string) => Promise<string>;
};

/** The code of a fault that a dialect client gets as text. */
function codeOfText(text: string): string {
  if (text.startsWith("Too many new rooms")) return "rate_limited";
  const found = Object.entries(FAULTS).find(([, fault]) => text.includes(fault.text));
  if (text.endsWith("already exists")) return "room_name_taken";
  return found?.[0] ?? text;
}

async function socket(server: TestServer): Promise<Client> {
  const client = new WireClient(server);
  const { user } = await client.join("Socket");
  const codeOf = async (body: Parameters<WireClient["command"]>[0]) => {
    const answer = await client.command(body);
    return "code" in answer ? answer.code : "ok";
  };
  return {
    message: (text) => codeOf({ kind: "send_message", room: LOBBY, text }),
    room: (name) => codeOf({ kind: "create_room", room: newNonce(), room_kind: "public", name }),
    contact: (other) => codeOf({ kind: "create_direct", room: directRoomId(user.id, other), user: other }),
  };
}

async function rest(server: TestServer): Promise<Client> {
  const client = await RestClient.guest(server, "Rest");
  const codeOf = async (path: string, body: object) => {
    const answer = await client.call("POST", path, body);
    return answer.status < 300 ? "ok" : String(answer.body.code);
  };
  return {
    message: (text) => codeOf(`/rooms/${LOBBY}/messages`, { text }),
    room: (name) => codeOf("/rooms", { kind: "public", name }),
    contact: (user) => codeOf("/rooms/direct", { user }),
  };
}

async function dialectSocket(server: TestServer): Promise<Client> {
  const client = connect(server, "/ws/Walk");
  const { user_id } = await client.untilType("connection_established");
  const answered = async (fits: (frame: Record<string, unknown>) => boolean) => {
    const answer = await client.until((frame) => frame.type === "error" || fits(frame));
    return answer.type === "error" ? codeOfText(String(answer.message)) : "ok";
  };
  let newcomers = 0;
  return {
    async message(text) {
      // Every second one is relayed to one client and not stored: it costs the same.
      const relayed = text.endsWith("1");
      await client.send(
        relayed ? { type: "chat_message", receiver_id: user_id, content: text } : { content: text },
      );
      return answered(
        ({ type, content }) => type === "chat_message" || (type === "chat" && content === text),
      );
    },
    async room(name) {
      const newcomer = connect(server, `/ws/${encodeURIComponent(name)}?username=Walk${++newcomers}`);
      await newcomer.send({ content: "in" });
      return Promise.race([
        newcomer.untilType("message").then(() => "ok"),
        newcomer.closed.then(({ reason }) => codeOfText(reason)),
      ]);
    },
  };
}

async function dialectRest(server: TestServer): Promise<Client> {
  return {
    async room(name) {
      const answer = await fetch(`${server.url}/api/chat/rooms`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name }),
      });
      const { detail } = (await answer.json()) as { detail?: string };
      return detail === undefined ? "ok" : codeOfText(detail);
    },
  };
}

const ENTRIES = [
  ["the socket", socket],
  ["REST", rest],
  ["the dialect socket", dialectSocket],
  ["dialect REST", dialectRest],
] as const;

const FREE = ["--message-rate", "100000", "--message-burst", "100000", "--room-burst", "1000"];

async function serverWith(flags: readonly string[]): Promise<TestServer> {
  const server = await startTestServer(["--rate-limits", "on", ...flags]);
  open.push(server);
  return server;
}

/** Sends until one is refused, at most this many. Returns how many were accepted, and the code of the refusal. */
async function untilRefused(most: number, send: (n: number) => Promise<string>) {
  for (let accepted = 0; accepted < most; accepted++) {
    const code = await send(accepted);
    if (code !== "ok") return { accepted, code };
  }
  return { accepted: most, code: "ok" };
}

describe.each(ENTRIES)("a command over %s", (title, enter) => {
  test("is refused while the server drains", async () => {
    const free = Promise.withResolvers<void>();
    const blocked = Promise.withResolvers<void>();
    let blocking = false;
    const server = await startTestServer([], {
      store: (real) => ({
        ...real,
        async commit(commands) {
          if (blocking && commands.length > 0) {
            blocked.resolve();
            await free.promise;
          }
          return real.commit(commands);
        },
      }),
    });
    try {
      const client = await enter(server);
      const other = await RestClient.guest(server, "Other");
      blocking = true;
      const waiting = other.call("POST", `/rooms/${LOBBY}/messages`, { text: "keeps the server" });
      await blocked.promise;
      const ended = server.end();
      expect(await (client.message ?? client.room)?.("late")).toBe("draining");
      free.resolve();
      expect((await waiting).status).toBe(201);
      await ended;
    } finally {
      free.resolve();
    }
  });

  test("is refused above the rate of messages, where it may send any", async () => {
    const client = await enter(await serverWith(["--message-rate", "1", "--message-burst", "3"]));
    if (!client.message) return expect(title).toBe("dialect REST");
    const { accepted, code } = await untilRefused(100, (n) => client.message?.(`n ${n}`) as Promise<string>);
    expect(code).toBe("rate_limited");
    expect(accepted).toBeGreaterThanOrEqual(3);
  });

  test("is refused above the allowance of rooms; a room that was not created costs nothing", async () => {
    const client = await enter(await serverWith([...FREE, "--room-rate", "1", "--room-burst", "2"]));
    const create = (name: string) => client.room?.(name) as Promise<string>;
    expect(await create("First")).toBe("ok");
    // Over a dialect's URL a name that exists is the room itself.
    const again = title === "the dialect socket" ? "ok" : "room_name_taken";
    for (let n = 0; n < 12; n++) expect(await create("first")).toBe(again);
    const { accepted, code } = await untilRefused(20, (n) => create(`Next ${n}`));
    expect(code).toBe("rate_limited");
    // A user creates two, and an address without an account ten.
    expect(1 + accepted).toBe(title.includes("dialect") ? 10 : 2);
  });

  test("is refused above the allowance of contacts, where it may begin any; a repeated one costs nothing", async () => {
    const flags = [...FREE, "--contact-rate", "1", "--contact-burst", "2", "--guest-burst", "100"];
    const server = await serverWith(flags);
    const client = await enter(server);
    if (!client.contact) return expect(title).toContain("dialect");
    const users: RestClient[] = [];
    for (const name of ["Ada", "Bim", "Cyd", "Dee"]) users.push(await RestClient.guest(server, name));
    for (let n = 0; n < 5; n++) expect(await client.contact(users[0]?.id ?? "")).toBe("ok");
    const refused = await untilRefused(3, (n) => client.contact?.(users[n + 1]?.id ?? "") as Promise<string>);
    expect(refused).toEqual({ accepted: 1, code: "rate_limited" });
  });

  test("holds the next one to its room where the client repeats, and nothing where it does not", async () => {
    let full = false;
    const server = await startTestServer([], {
      store: (real) => ({
        ...real,
        commit: (commands) =>
          full
            ? Promise.resolve({
                verdicts: commands.map(() => ({ fault: "storage" as const })),
                feeds: [],
              })
            : real.commit(commands),
      }),
    });
    open.push(server);
    const client = await enter(server);
    const send = (client.message ?? client.room) as (text: string) => Promise<string>;
    full = true;
    expect(await send("x 0")).toBe("storage");
    full = false;
    expect(await send("x 2")).toBe(title === "the socket" ? "held" : "ok");
  });
});
