import type { TestServer } from "./test-server.ts";
import { newToken } from "./test-server.ts";

/** An answer over HTTP, its body read. */
export type RestResponse = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
};

/** A user who calls `/api/v1` by plain fetch. */
export class RestClient {
  readonly token: string;
  readonly #url: string;
  id = "";

  constructor(server: Pick<TestServer, "url">, token: string = newToken()) {
    this.#url = `${server.url}/api/v1`;
    this.token = token;
  }

  /** A new guest of this name. */
  static async guest(
    server: Pick<TestServer, "url">,
    name: string,
    headers: Record<string, string> = {},
  ): Promise<RestClient> {
    const client = new RestClient(server);
    const { status, body } = await client.call("POST", "/guests", { name, token: client.token }, headers);
    if (status !== 201) throw new Error(`no guest: ${status} ${JSON.stringify(body)}`);
    client.id = body.id;
    return client;
  }

  /** Sends a request; `body` as JSON, unless it is text or bytes already. Checks that errors are problem+json. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<RestResponse> {
    const raw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
    const answer = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const type = answer.headers.get("content-type") ?? "";
    const wanted = answer.ok ? "application/json" : "application/problem+json";
    if (type !== wanted && answer.status !== 204)
      throw new Error(`${method} ${path}: ${answer.status} ${type} ${text}`);
    return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
  }

  get(path: string, headers?: Record<string, string>): Promise<RestResponse> {
    return this.call("GET", path, undefined, headers);
  }

  /** A message that is stored; gives its id. */
  async says(room: string, text: string): Promise<{ id: string; seq: number; nonce: string }> {
    const { status, body } = await this.call("POST", `/rooms/${room}/messages`, { text });
    if (status !== 201) throw new Error(`not sent: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** A new room; gives its id. */
  async opens(kind: "public" | "private", name: string, members: readonly string[] = []): Promise<string> {
    const { status, body } = await this.call("POST", "/rooms", { kind, name, members });
    if (status !== 201) throw new Error(`no room: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }
}

/** What a refusal comes to: its status and code. */
export function refusal({ status, body }: RestResponse): string {
  return `${status} ${body.code}`;
}
