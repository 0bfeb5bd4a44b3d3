import { expect, test } from "bun:test";
import { RestClient } from "../support/rest-client.ts";
import { newNonce, type TestServer, WireClient } from "../support/test-server.ts";
import { testServers } from "../support/test-servers.ts";

const { serverWith } = testServers("--rate-limits", "on", "--room-rate", "1", "--room-burst", "5");

const RESERVED = "00000000-0000-0000-0000-000000000000";

/** The whole answer over HTTP as text, without the date and the id of the request. */
async function answerOverHttp(server: TestServer, token: string, id: string, key: string): Promise<string> {
  const answer = await fetch(`${server.url}/api/v1/rooms`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify({ id, kind: "public", name: "Probe" }),
  });
  const headers = [...answer.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return JSON.stringify([answer.status, headers.sort(), await answer.text()]);
}

/** The answer over a new socket, as text. */
async function answerOverSocket(
  server: TestServer,
  token: string,
  room: string,
  nonce: string,
): Promise<string> {
  const client = new WireClient(server, token);
  await client.hello();
  return JSON.stringify(
    await client.command({ kind: "create_room", room, room_kind: "private", name: "Probe" }, nonce),
  );
}

test("CM-8 CM-13 the ids of a hidden and of a deleted room are answered byte for byte as an id of no room, and cost the same", async () => {
  const server = await serverWith();
  const [ada, eve] = [await RestClient.guest(server, "Ada"), await RestClient.guest(server, "Eve")];
  const [hidden, deleted] = [await ada.opens("private", "Hidden"), await ada.opens("private", "Deleted")];
  expect((await ada.call("DELETE", `/rooms/${deleted}`)).status).toBe(200);
  const before = (await ada.get(`/rooms/${hidden}`)).body;
  const key = newNonce();
  for (const answerOver of [answerOverHttp, answerOverSocket]) {
    const reserved = await answerOver(server, eve.token, RESERVED, key);
    expect(reserved).toContain("invalid");
    // The same nonce each time: a refused one is not remembered.
    for (const id of [hidden, deleted, RESERVED, hidden])
      expect(await answerOver(server, eve.token, id, key)).toBe(reserved);
  }
  expect((await ada.get(`/rooms/${hidden}`)).body).toEqual(before);
  // None of them used up the allowance of five rooms.
  for (const name of ["One", "Two", "Three", "Four", "Five"]) await eve.opens("private", name);
  // Its creator repeats the command and gets its answer; a new command for the same id says that the room exists.
  const id = newNonce();
  const own = { id, kind: "private", name: "Again" };
  const sameKey = { "idempotency-key": newNonce() };
  expect((await ada.call("POST", "/rooms", own, sameKey)).status).toBe(201);
  expect((await ada.call("POST", "/rooms", own, sameKey)).body).toMatchObject({ id, duplicate: true });
  expect((await ada.call("POST", "/rooms", own)).body).toMatchObject({ code: "room_exists" });
});
