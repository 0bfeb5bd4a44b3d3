import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Server, type ServerResponse } from "node:http";
import { parley } from "../support/cli.ts";

let server: Server;
let port = "";
let asked: string[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = String((server.address() as { port: number }).port);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("parley health", () => {
  test("succeeds when the server is ready", async () => {
    asked = [];
    answer = (response) => response.end('{"ready":true}');
    const said = await parley("health", "--port", port);
    expect(said).toEqual({ code: 0, out: `The server at 127.0.0.1:${port} is ready.\n`, err: "" });
    expect(asked).toEqual(["GET /readyz"]);
  });

  test("prints why the server is not ready: exit code 1", async () => {
    answer = (response) => response.writeHead(503).end('{"ready":false,"why":"draining"}');
    const said = await parley("health", "--port", port, "--host", "localhost");
    expect(said).toMatchObject({ code: 1, out: "" });
    expect(said.err).toContain("is not ready");
    expect(said.err).toContain("draining");
  });

  test("stops waiting for a server that does not answer", async () => {
    answer = () => {};
    const said = await parley("health", "--port", port);
    expect(said).toEqual({ code: 1, out: "", err: `No server answers at 127.0.0.1:${port}.\n` });
  });

  test.each([
    [["--port", "nine"], "PORT (--port) takes a number"],
    [["--port", "0"], "Name it with --port."],
    [["--prot", "1"], "health has no option --prot."],
  ])("%j is not valid: exit code 2", async (args, says) => {
    const said = await parley("health", ...args);
    expect(said.err).toContain(says);
    expect(said).toMatchObject({ code: 2, out: "" });
  });
});
