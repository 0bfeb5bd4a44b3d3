import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

/** Another web site, on an origin of its own: it serves the fixtures and knows nothing of the server. */
export class ForeignSite {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<ForeignSite> {
    const server = createServer(({ url = "/" }, response) => {
      const { pathname } = new URL(url, "http://localhost");
      const name = /^\/([a-z-]+\.html)$/.exec(pathname)?.[1];
      if (name === undefined) {
        response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
        return;
      }
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
      response.end(readFileSync(join(import.meta.dir, "..", "fixtures", name)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ForeignSite(server);
  }

  /** The address of a page that talks to the server on this port. */
  page(name: string, port: number): string {
    const address = this.#server.address();
    const own = address !== null && typeof address === "object" ? address.port : 0;
    return `http://127.0.0.1:${own}/${name}.html?server=localhost:${port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
