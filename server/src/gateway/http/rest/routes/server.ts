import { LIMITS, SUBPROTOCOL } from "@parley/protocol";
import { serverInfo } from "@parley/protocol/schemas";
import { BODY_BYTES } from "../body.ts";
import { type Route, route } from "../route.ts";

const readServer = route({
  id: "readServer",
  method: "get",
  path: "/server",
  tag: "Server",
  summary: "What this server is and what it takes",
  description:
    "Needs no token. The header `Link` names the documents of this interface. `epoch` changes when the store was restored from a backup.",
  access: "open",
  answers: {
    200: {
      schema: serverInfo,
      description: "The server.",
      example: {
        name: "parley",
        version: "0.1.0",
        protocol: SUBPROTOCOL,
        epoch: "1f0c2d3e4b5a6978",
        guests: true,
        limits: { text: LIMITS.text, page: LIMITS.page },
      },
    },
  },
  run: (_, { version, store, guestsOpen }) => ({
    body: {
      name: "parley",
      version,
      protocol: SUBPROTOCOL,
      epoch: store.epoch,
      guests: guestsOpen,
      limits: { ...LIMITS, body_bytes: BODY_BYTES },
    },
    links: DOCUMENTS,
  }),
});

/** Where the documents are (RFC 8631). */
const DOCUMENTS = [
  '</openapi.json>; rel="service-desc"; type="application/json"',
  '</asyncapi.json>; rel="service-desc"; type="application/json"',
  '</docs>; rel="service-doc"; type="text/html"',
  '</reference>; rel="service-doc"; type="text/html"',
].join(", ");

export const server: readonly Route[] = [readServer];
