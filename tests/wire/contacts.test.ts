import { expect, test } from "bun:test";
import { directRoomId } from "@parley/protocol";
import { RestClient } from "../support/rest-client.ts";
import { newNonce, type TestServer, WireClient } from "../support/test-server.ts";
import { testServers } from "../support/test-servers.ts";

const { serverWith } = testServers(
  "--rate-limits",
  "on",
  "--message-rate",
  "100000",
  "--message-burst",
  "100000",
);

async function person(server: TestServer, name: string): Promise<{ client: WireClient; id: string }> {
  const client = new WireClient(server);
  const { user } = await client.hello(name);
  return { client, id: user.id };
}

const codeOf = (answer: object) => ("code" in answer ? answer.code : "ack");

test("LM-14 a user creates a limited number of direct rooms; asking for an existing one is free", async () => {
  const server = await serverWith("--contact-burst", "3", "--contact-rate", "1");
  const eve = await person(server, "Eve");
  const others = await Promise.all(["Ada", "Bim", "Cyd", "Dee"].map((name) => person(server, name)));
  const direct = ({ id }: { id: string }) =>
    eve.client.command({ kind: "create_direct", room: directRoomId(eve.id, id), user: id });
  for (let again = 0; again < 5; again++) expect(codeOf(await direct(others[0] as never))).toBe("ack");
  expect(codeOf(await direct({ id: newNonce() }))).toBe("no_such_user");
  expect(codeOf(await direct(others[1] as never))).toBe("ack");
  expect(codeOf(await direct(others[2] as never))).toBe("ack");
  const refused = await direct(others[3] as never);
  expect(refused).toMatchObject({ code: "rate_limited", final: false, advice: "retry" });
  // The same allowance over HTTP.
  const client = new RestClient(server, eve.client.token);
  const { status } = await client.call("POST", "/rooms/direct", { user: others[3]?.id });
  expect(status).toBe(429);
});

test("LM-14 the number of new direct rooms with one user is limited, over all senders", async () => {
  const server = await serverWith("--contacted-burst", "2", "--contacted-rate", "1");
  const target = await person(server, "Target");
  const codes: unknown[] = [];
  for (let index = 0; index < 4; index++) {
    const { client, id } = await person(server, `Sender ${index}`);
    const room = directRoomId(id, target.id);
    codes.push(codeOf(await client.command({ kind: "create_direct", room, user: target.id })));
  }
  expect(codes).toEqual(["ack", "ack", "rate_limited", "rate_limited"]);
});

test("CM-21 a user who leaves cannot be invited repeatedly by the same member; another member can invite", async () => {
  const server = await serverWith();
  const [eve, bim, ada] = [
    await person(server, "Eve"),
    await person(server, "Bim"),
    await person(server, "Ada"),
  ];
  const room = newNonce();
  await eve.client.command({
    kind: "create_room",
    room,
    room_kind: "private",
    name: "Trap",
    members: [bim.id],
  });
  const invite = (by: typeof eve) => by.client.command({ kind: "invite_member", room, user: ada.id });
  const codes: unknown[] = [];
  for (let round = 0; round < 5; round++) {
    codes.push(codeOf(await invite(eve)));
    await ada.client.command({ kind: "leave_room", room });
  }
  expect(codes).toEqual(["ack", "invited_already", "invited_already", "invited_already", "invited_already"]);
  // Nothing is held: later messages of the member are accepted.
  expect(codeOf(await eve.client.command({ kind: "send_message", room, text: "still here" }))).toBe("ack");
  expect(codeOf(await invite(bim))).toBe("ack");
});
