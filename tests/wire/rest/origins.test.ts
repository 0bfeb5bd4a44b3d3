import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RestClient, refusal } from "../../support/rest-client.ts";
import { newToken, startTestServer, type TestServer, WireClient } from "../../support/test-server.ts";

const FRIEND = "https://friend.example";

/** What a page of this origin may read of an answer, or null. */
async function seenFrom(server: TestServer, origin: string, method = "GET"): Promise<string | null> {
  const answer = await fetch(`${server.url}/api/v1/server`, { method, headers: { origin } });
  return answer.headers.get("access-control-allow-origin");
}

describe("HT-6 pages of other origins", () => {
  let server: TestServer;
  let open: TestServer;
  beforeAll(async () => {
    server = await startTestServer(["--allowed-origins", `${FRIEND},https://second.example`]);
    open = await startTestServer(["--allowed-origins", "*"]);
  });
  afterAll(async () => {
    await server.end();
    await open.end();
  });

  test("HT-6 listed origins and the own may read answers, others not", async () => {
    expect(await seenFrom(server, FRIEND)).toBe(FRIEND);
    expect(await seenFrom(server, server.url)).toBe(server.url);
    for (const origin of ["https://foe.example", "http://friend.example", `${FRIEND}.foe.example`, "null"]) {
      expect(await seenFrom(server, origin), origin).toBeNull();
    }
    expect(await seenFrom(open, "https://any.example")).toBe("*");
  });

  test("HT-6 a preflight request gets the allowed methods and headers", async () => {
    const ask = (origin: string) =>
      fetch(`${server.url}/api/v1/rooms/lobby/messages`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type,idempotency-key",
        },
      });
    const yes = await ask(FRIEND);
    expect(yes.status).toBe(204);
    expect(yes.headers.get("access-control-allow-origin")).toBe(FRIEND);
    expect(yes.headers.get("access-control-allow-methods")).toContain("PATCH");
    for (const name of ["Authorization", "Content-Type", "Idempotency-Key"])
      expect(yes.headers.get("access-control-allow-headers")).toContain(name);
    expect(yes.headers.get("access-control-allow-credentials")).toBeNull();
    const no = await ask("https://foe.example");
    expect(no.status).toBe(404);
    expect(no.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("HT-6 refusals and their headers can be read, too", async () => {
    const answer = await fetch(`${server.url}/api/v1/me`, { headers: { origin: FRIEND } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("access-control-allow-origin")).toBe(FRIEND);
    expect(answer.headers.get("vary")).toBe("Origin");
    for (const name of ["Location", "Retry-After", "Idempotency-Replayed"])
      expect(answer.headers.get("access-control-expose-headers")).toContain(name);
  });

  test("HT-6 outside of the API other origins may read nothing", async () => {
    for (const path of ["/healthz", "/openapi.json", "/"]) {
      const answer = await fetch(server.url + path, { headers: { origin: FRIEND, accept: "text/html" } });
      expect(answer.headers.get("access-control-allow-origin"), path).toBeNull();
    }
  });
});

describe("HT-7 addresses behind proxies", () => {
  /** Signs in a new guest with `forwarded` as the address; returns the status. */
  async function comesFrom(server: TestServer, forwarded: string | null): Promise<number> {
    const answer = await fetch(`${server.url}/api/v1/guests`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(forwarded === null ? {} : { "x-forwarded-for": forwarded }),
      },
      body: JSON.stringify({ name: newToken().slice(0, 20), token: newToken() }),
    });
    return answer.status;
  }
  const strict = ["--rate-limits", "on", "--guest-rate", "1", "--guest-burst", "1"];

  test("HT-7 without a trusted proxy the header is ignored", async () => {
    const server = await startTestServer(strict);
    try {
      expect(await comesFrom(server, "203.0.113.1")).toBe(201);
      expect(await comesFrom(server, "203.0.113.2")).toBe(429);
    } finally {
      await server.end();
    }
  });

  test("HT-7 behind one proxy the last entry counts, whatever the client wrote before it", async () => {
    const server = await startTestServer([...strict, "--trust-proxy", "1"]);
    try {
      expect(await comesFrom(server, "203.0.113.1")).toBe(201);
      expect(await comesFrom(server, "198.51.100.9, 203.0.113.1")).toBe(429);
      expect(await comesFrom(server, "203.0.113.1, 203.0.113.2")).toBe(201);
    } finally {
      await server.end();
    }
  });

  test("HT-7 proxies are known by their addresses: from other addresses the header is ignored", async () => {
    const near = await startTestServer([...strict, "--trusted-proxies", "127.0.0.0/8,::1"]);
    const far = await startTestServer([...strict, "--trusted-proxies", "10.0.0.0/8"]);
    try {
      expect(await comesFrom(near, "203.0.113.1")).toBe(201);
      expect(await comesFrom(near, "203.0.113.1, 127.0.0.9")).toBe(429);
      expect(await comesFrom(near, "203.0.113.2")).toBe(201);
      // Straight to the port.
      expect(await comesFrom(far, "203.0.113.1")).toBe(201);
      expect(await comesFrom(far, "203.0.113.2")).toBe(429);
    } finally {
      await near.end();
      await far.end();
    }
  });
});

describe("HT-5 rates over HTTP", () => {
  test("HT-5 above the rate the answer is 429 with the time to wait, and the message is not lost", async () => {
    const server = await startTestServer([
      "--rate-limits",
      "on",
      "--message-rate",
      "20",
      "--message-burst",
      "3",
    ]);
    try {
      const ada = await RestClient.guest(server, "Ada");
      const send = (text: string) =>
        ada.call("POST", "/rooms/lobby/messages", { text }, { "idempotency-key": text });
      const answers = await Promise.all(["a", "b", "c", "d", "e"].map(send));
      const limited = answers.find(({ status }) => status === 429);
      expect(limited && refusal(limited)).toBe("429 rate_limited");
      expect(limited?.body).toMatchObject({ advice: "retry", final: false, retry_after: expect.any(Number) });
      expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      for (let status = 0; status !== 201; ) {
        const again = await send("e");
        status = again.status;
        if (status === 429) await Bun.sleep(again.body.retry_after);
      }
      // Reading is not limited.
      const reads = await Promise.all(Array.from({ length: 30 }, () => ada.get("/me")));
      expect(reads.every(({ status }) => status === 200)).toBe(true);
    } finally {
      await server.end();
    }
  });

  test("HT-5 sockets and HTTP share the rate, and closing a socket does not give it back", async () => {
    const server = await startTestServer([
      "--rate-limits",
      "on",
      "--message-rate",
      "1",
      "--message-burst",
      "4",
    ]);
    try {
      const ada = await RestClient.guest(server, "Ada");
      const socket = new WireClient(server, ada.token);
      await socket.join();
      const say = (text: string) => socket.command({ kind: "send_message", room: "lobby", text });
      expect(await Promise.all([say("a"), say("b"), say("c")])).toMatchObject([
        { at: expect.any(Number) },
        {},
        {},
      ]);
      await ada.says("lobby", "d");
      expect(refusal(await ada.call("POST", "/rooms/lobby/messages", { text: "e" }))).toBe(
        "429 rate_limited",
      );
      socket.close();
      await socket.closed;
      expect(refusal(await ada.call("POST", "/rooms/lobby/messages", { text: "e" }))).toBe(
        "429 rate_limited",
      );
    } finally {
      await server.end();
    }
  });

  test("LM-7 rooms that are made over HTTP count, refused ones do not", async () => {
    const server = await startTestServer(["--rate-limits", "on", "--room-rate", "1", "--room-burst", "1"]);
    try {
      const ada = await RestClient.guest(server, "Ada");
      const make = (name: string) => ada.call("POST", "/rooms", { kind: "public", name });
      expect(refusal(await make("lobby"))).toBe("409 room_name_taken");
      expect((await make("One")).status).toBe(201);
      expect(refusal(await make("Two"))).toBe("429 rate_limited");
    } finally {
      await server.end();
    }
  });

  test("HS-9 while the server drains, commands are refused and may be sent again", async () => {
    const server = await startTestServer();
    const ada = await RestClient.guest(server, "Ada");
    const answers: string[] = [];
    // Requests in progress when the drain begins: stored, or refused for now; never an error without a reason.
    const requests = Array.from({ length: 40 }, () =>
      ada.call("POST", "/rooms/lobby/messages", { text: "x" }).then(
        (answer) => answers.push(answer.status === 201 ? "stored" : refusal(answer)),
        () => answers.push("not connected"),
      ),
    );
    await Promise.race(requests);
    await server.end();
    await Promise.all(requests);
    expect(answers.filter((answer) => !["stored", "503 draining", "not connected"].includes(answer))).toEqual(
      [],
    );
  });
});

test("FT-6 a server without guests says so", async () => {
  const server = await startTestServer(["--guests", "off"]);
  try {
    const client = new RestClient(server);
    const answer = await client.call("POST", "/guests", { name: "Ada", token: client.token });
    expect(refusal(answer)).toBe("403 guests_off");
    expect((await client.get("/server")).body.guests).toBe(false);
  } finally {
    await server.end();
  }
});
