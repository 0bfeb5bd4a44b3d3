import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type MetricsListenerParts = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Whether the server answers to a host name; no foreign page has an origin of such a name. */
  readonly answersTo: (hostname: string) => boolean;
};

/** The port on which only metrics are read. */
export type MetricsListener = { readonly port: number; close(): Promise<void> };

/** Scrapes at once, and how long one may take to ask. Milliseconds. */
const CONNECTIONS = 16;
const ASKED_WITHIN = 10_000;

/**
 * Serves `/metrics` on an address of its own, without a token: a client that can connect there may read them, and no proxy of the
 * public port leads to it. Rejects when the address cannot be had.
 */
export function listenForMetrics(parts: MetricsListenerParts): Promise<MetricsListener> {
  const { host, port, metrics, answersTo } = parts;
  const server = createServer({ requestTimeout: ASKED_WITHIN }, async (request, response) => {
    const end = (status: number, text: string, type = "text/plain; charset=utf-8") =>
      response
        .writeHead(status, {
          "content-type": type,
          "cache-control": "no-store",
          "x-content-type-options": "nosniff",
        })
        .end(text);
    const address = `http://${request.headers.host ?? "localhost"}${request.url}`;
    const url = URL.canParse(address) ? new URL(address) : null;
    if (url === null) end(400, "This request names no address that can be.\n");
    else if (!answersTo(url.hostname)) end(421, "Unknown name.\n");
    else if (url.pathname !== "/metrics" || request.method !== "GET")
      end(404, "Only GET /metrics is here.\n");
    else {
      await metrics.text().then(
        (text) => end(200, text, metrics.contentType),
        () => end(500, "The metrics could not be read.\n"),
      );
    }
  });
  server.maxConnections = CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            server.closeAllConnections();
          }),
      });
    });
  });
}
