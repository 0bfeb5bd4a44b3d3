import { afterEach } from "bun:test";
import { startTestServer, type TestServer } from "./test-server.ts";

/**
 * Servers of a test file, which are stopped and removed after each of its tests: called once, where the file begins.
 * `serverWith` starts one with the flags given here and its own; servers that a test starts itself go into `open`.
 */
export function testServers(...flags: string[]): {
  readonly serverWith: (...own: string[]) => Promise<TestServer>;
  readonly open: TestServer[];
} {
  const open: TestServer[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.end();
  });
  const serverWith = async (...own: string[]) => {
    const server = await startTestServer([...flags, ...own]);
    open.push(server);
    return server;
  };
  return { serverWith, open };
}
