// The AsyncAPI 3 document of the WebSocket: every frame in both directions, commands, events, faults, close codes.

import { CLOSE_CODES } from "../protocol/src/close-codes.ts";
import { FAULTS } from "../protocol/src/faults.ts";
import { LIMITS } from "../protocol/src/limits.ts";
import { clientFrames, commands, serverFrames } from "../protocol/src/schemas.ts";
import { SUBPROTOCOL, WIRE_VERSION } from "../protocol/src/version.ts";
import PACKAGE from "../server/package.json" with { type: "json" };
import { components, needed } from "./components.ts";

const schema = (id: string) => ({ $ref: `#/components/schemas/${id}` });
const message = (id: string) => ({ $ref: `#/components/messages/${id}` });
const onChannel = (id: string) => ({ $ref: `#/channels/socket/messages/${id}` });

/** The frames that answer a frame. Frames that are not listed have no direct answer. */
const REPLIES: { readonly [client: string]: readonly string[] } = {
  hello: ["welcome", "feeds", "fault"],
  resume: ["feeds", "reset", "events"],
  after: ["events", "feeds"],
  watch: ["presence", "typing", "receipts"],
  ping: ["pong"],
};

export function asyncapi(): string {
  const fromClient = Object.entries(clientFrames).map(([type, { description }]) => ({
    id: `client.${type}`,
    about: description,
  }));
  const asCommands = Object.entries(commands).map(([kind, { description }]) => ({
    id: `command.${kind}`,
    about: description,
  }));
  const fromServer = Object.entries(serverFrames).map(([type, { description }]) => ({
    id: `server.${type}`,
    about: description,
  }));
  const all = [...fromClient, ...asCommands, ...fromServer];
  const document = {
    asyncapi: "3.0.0",
    info: {
      title: "Parley over WebSocket",
      version: PACKAGE.version,
      description: [
        `Frames are JSON objects in text frames, with a \`type\`. The rules and the promise are in the specification of the protocol, version ${WIRE_VERSION}.`,
        "A client sends `hello`, waits for `welcome`, sends `resume` for its feeds, sends commands, and applies events by their numbers.",
      ].join("\n\n"),
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      here: {
        host: "{host}",
        pathname: "/ws",
        protocol: "ws",
        description: `This server, subprotocol \`${SUBPROTOCOL}\`; \`ws\` where it is reached without TLS.`,
        variables: { host: { default: "localhost:8000", description: "Host and port of the server." } },
        security: [{ $ref: "#/components/securitySchemes/bearer" }],
      },
    },
    channels: {
      socket: {
        address: "/ws",
        description: `One connection. A frame from a client has at most ${LIMITS.frame_bytes.toLocaleString("en-US")} bytes.`,
        messages: Object.fromEntries(all.map(({ id }) => [id, message(id)])),
        bindings: {
          ws: {
            method: "GET",
            headers: {
              type: "object",
              properties: { "Sec-WebSocket-Protocol": { type: "string", const: SUBPROTOCOL } },
              required: ["Sec-WebSocket-Protocol"],
            },
          },
        },
        "x-close-codes": CLOSE_CODES,
      },
    },
    operations: {
      ...Object.fromEntries(
        fromClient.map(({ id, about }) => [`take.${id.slice(7)}`, take([id], about, REPLIES[id.slice(7)])]),
      ),
      "take.command": take(
        asCommands.map(({ id }) => id),
        "A command takes effect once, however often its `nonce` is sent; `room` names the room to whose feed it appends. Unknown fields are dropped, an unknown kind gets `unknown_kind`.",
        ["ack", "fault"],
      ),
      ...Object.fromEntries(
        fromServer.map(({ id, about }) => [
          `send.${id.slice(7)}`,
          {
            action: "send",
            channel: { $ref: "#/channels/socket" },
            summary: about,
            messages: [onChannel(id)],
          },
        ]),
      ),
    },
    components: {
      messages: Object.fromEntries(
        all.map(({ id, about }) => [
          id,
          { name: id, title: id.split(".")[1], summary: about, payload: schema(id) },
        ]),
      ),
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "The guest's token in the upgrade request; browsers send it in `hello` instead.",
        },
      },
    },
    "x-faults": FAULTS,
    "x-limits": LIMITS,
  };
  const schemas = needed(components(), document);
  return `${JSON.stringify({ ...document, components: { ...document.components, schemas } }, null, 2)}\n`;
}

function take(
  ids: readonly string[],
  about: string | undefined,
  replies: readonly string[] | undefined,
): object {
  return {
    action: "receive",
    channel: { $ref: "#/channels/socket" },
    summary: about,
    messages: ids.map(onChannel),
    ...(replies
      ? {
          reply: {
            channel: { $ref: "#/channels/socket" },
            messages: replies.map((type) => onChannel(`server.${type}`)),
          },
        }
      : {}),
  };
}
