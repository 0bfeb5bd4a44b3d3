import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DIALECT_PATHS, DIALECT_SCHEMAS } from "../../scripts/openapi-dialects.ts";
import { connect, fresh, makeRoom } from "../support/dialect-fixtures.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

type Operation = {
  readonly tags: readonly string[];
  readonly responses: {
    [status: string]: { content?: { "application/json": { schema: { $ref: string } } } };
  };
};

test("each documented route answers as documented, and the server serves that document", async () => {
  const room = await makeRoom(server, fresh("Documented"));
  const ada = connect(server, `/ws/chat/${room}?username=Ada`);
  await ada.send({ type: "message", content: "hi" });
  await ada.untilType("message");
  const handed = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
    paths: { [path: string]: { [method: string]: Operation } };
  };
  const seen: string[] = [];
  for (const [path, methods] of Object.entries(DIALECT_PATHS)) {
    for (const [method, documented] of Object.entries(methods)) {
      const operation = documented as Operation;
      expect(handed.paths[path]?.[method], `${method} ${path}`).toEqual(operation);
      const answer = await fetch(server.url + path.replace("{room_id}", room), {
        method: method.toUpperCase(),
        ...(method === "post"
          ? { body: JSON.stringify({ name: fresh("New") }), headers: { "content-type": "application/json" } }
          : {}),
      });
      const response = operation.responses[answer.status];
      expect(response, `${method} ${path} ${answer.status}`).toBeDefined();
      const name = response?.content?.["application/json"].schema.$ref.split("/").at(-1);
      if (name) DIALECT_SCHEMAS[name as keyof typeof DIALECT_SCHEMAS].parse(await answer.json());
      seen.push(`${operation.tags[0]}: ${method} ${path} ${answer.status}`);
    }
  }
  expect(seen).toEqual([
    "dialect: chat rooms: get /api/chat/rooms 200",
    "dialect: chat rooms: post /api/chat/rooms 201",
    "dialect: chat rooms: delete /api/chat/rooms/{room_id} 204",
    "dialect: chat rooms: get /api/chat/rooms/{room_id}/messages 404",
    "dialect: lobby: get /users 200",
    "dialect: lobby: get / 200",
  ]);
});

test("the examples of the guide are addresses that are served", async () => {
  const guide = readFileSync(join(import.meta.dir, "../../docs/guide/dialects.md"), "utf8");
  const addresses = [...guide.matchAll(/(?:ws|http):\/\/localhost:8000(\/[^\s'"`]*)/g)].map(
    ([, path = ""]) => path,
  );
  expect(addresses.length).toBeGreaterThanOrEqual(8);
  for (const path of addresses) {
    if (path.startsWith("/ws")) {
      const client = connect(server, path.replace("$ROOM", await makeRoom(server, fresh("Guide"))));
      await client.opened;
      client.close();
    } else {
      const { status } = await fetch(server.url + path.replace("$ROOM", "lobby"));
      expect(status, path).toBe(200);
    }
  }
});
