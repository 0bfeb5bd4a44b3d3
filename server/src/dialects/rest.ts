import {
  FAULTS,
  type Fault,
  fault,
  isFault,
  LIMITS,
  LOBBY,
  type Message,
  type RoomId,
} from "@parley/protocol";
import { name, roomId } from "@parley/protocol/schemas";
import { type Context, Hono } from "hono";
import type { RequestContext } from "../gateway/http/request-log.ts";
import { readBody } from "../gateway/http/rest/body.ts";
import type { Log } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import type { Occupant } from "./encoder.ts";
import { timestamp } from "./encoder.ts";
import type { OwnerlessRooms } from "./ownerless-rooms.ts";
import { readTail } from "./room/history.ts";

export type DialectRestParts = {
  readonly store: Pick<Store, "publicRooms" | "page" | "message">;
  readonly rooms: OwnerlessRooms;
  readonly onlinePeople: () => Iterable<Occupant>;
  /** Pages of these origins may use it, too; with `*` among them all. */
  readonly origins: readonly string[];
  /** Whether a page of this origin comes from the host name of the request, on any port: such pages may use it. */
  readonly sameHost: (origin: string, url: URL) => boolean;
  readonly log: Log;
};

type Env = { Bindings: { address: string; asked: RequestContext } };

/** The most messages in a list, and how many without `limit`. */
const MAX_MESSAGES = 500;

const roomName = name(LIMITS.room_name);

/** The REST of the dialects: rooms under `/api/chat`, and online users. It reads no cookie and no token. */
export function dialectRest(parts: DialectRestParts): Hono<Env> {
  const routes = new Hono<Env>();
  const { store, rooms } = parts;

  routes.use(async (context, next) => {
    const origin = context.req.header("origin");
    // Refused, not only kept from reading the answer: a form of any page could create rooms.
    if (origin !== undefined && !mayAsk(parts, origin, context.env.asked.url)) {
      const text = "Pages of this origin may not use this interface. See DIALECT_ORIGINS.";
      return context.json({ detail: text }, 403, { vary: "origin", "cache-control": "no-store" });
    }
    await next();
    // Also for answers that are not made here, such as 404.
    const { headers } = context.res;
    for (const [name, value] of Object.entries(crossOrigin(parts.origins, origin)))
      headers.append(name, value);
    headers.set("cache-control", "no-store");
    return;
  });
  routes.notFound(() => Response.json({ detail: "Not Found" }, { status: 404 }));
  routes.onError((error, context) => {
    parts.log.error({ error }, "a request of a dialect failed");
    return detail(context, fault("internal"));
  });
  routes.options("*", (context) =>
    context.body(null, 204, {
      "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": "86400",
    }),
  );

  routes.get("/", (context) => {
    context.header("vary", "accept");
    return context.json({ message: "Parley is running", status: "ok" });
  });

  routes.get("/users", (context) => {
    const users = [...parts.onlinePeople()].map(({ id, name: called }) => ({
      id,
      name: called,
      is_online: true,
    }));
    return context.json({ users });
  });

  routes.post("/api/chat/rooms", async (context) => {
    const body = await readBody(context.req.raw);
    const wanted = roomName.safeParse(
      isFault(body) ? undefined : (body.value as { name?: unknown } | undefined | null)?.name,
    );
    if (!wanted.success) {
      return context.json({ detail: `name: 1 to ${LIMITS.room_name} characters are needed.` }, 422);
    }
    const made = await rooms.create(wanted.data, context.env.address);
    if (isFault(made)) {
      return made.fault === "room_name_taken"
        ? context.json({ detail: `Room '${wanted.data}' already exists` }, 400)
        : detail(context, made);
    }
    return context.json({ id: made.room, name: wanted.data, created_at: timestamp(made.at) }, 201);
  });

  routes.get("/api/chat/rooms", async (context) => {
    const found = await store.publicRooms(context.env.asked.meter);
    if (isFault(found)) return detail(context, found);
    // Clients of that server expect an empty list of a new server, so the lobby is left out. Its id is valid.
    const rooms = found.filter(({ id }) => id !== LOBBY);
    return context.json(
      rooms.map(({ id, name: called, created_at }) => ({
        id,
        name: called,
        created_at: timestamp(created_at),
      })),
    );
  });

  routes.get("/api/chat/rooms/:room/messages", async (context) => {
    const room = roomId.safeParse(context.req.param("room"));
    if (!room.success) return notFound(context);
    const limit = readLimit(context.req.query("limit"));
    if (limit === null)
      return context.json({ detail: `limit: a number from 1 to ${MAX_MESSAGES} is needed.` }, 422);
    let before: number | undefined;
    const id = context.req.query("before");
    if (id !== undefined) {
      const message = await store.message(room.data, id, { user: "" }, context.env.asked.meter);
      if (isFault(message)) {
        return message.fault === "no_such_message"
          ? context.json({ detail: "before: no such message." }, 422)
          : refusedRead(context, message);
      }
      before = message.seq;
    }
    const where = { count: limit, ...(before === undefined ? {} : { before }) };
    const tail = await readTail(store, room.data, where, { user: "" }, context.env.asked.meter);
    return isFault(tail)
      ? refusedRead(context, tail)
      : context.json(tail.messages.map((message) => toRestMessage(room.data, message)));
  });

  routes.delete("/api/chat/rooms/:room", async (context) => {
    const room = roomId.safeParse(context.req.param("room"));
    if (!room.success) return notFound(context);
    const refused = await rooms.close(room.data, context.env.address);
    if (refused === null) return context.body(null, 204);
    if (refused.fault === "no_such_room") return notFound(context);
    if (refused.fault === "not_allowed") {
      return context.json(
        { detail: "This room was not made here, or has members, and cannot be deleted here." },
        403,
      );
    }
    return detail(context, refused);
  });

  return routes;
}

/** Whether a page of this origin may use the REST of the dialects. */
export function mayAsk(
  { origins, sameHost }: Pick<DialectRestParts, "origins" | "sameHost">,
  origin: string,
  url: URL,
): boolean {
  return origins.includes("*") || origins.includes(origin) || sameHost(origin, url);
}

/** Allows the page to read the answer. No credential is read, so none is exposed. */
function crossOrigin(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origins.includes("*")) return { "access-control-allow-origin": "*" };
  return { vary: "origin", ...(origin === undefined ? {} : { "access-control-allow-origin": origin }) };
}

function toRestMessage(room: RoomId, { id, name: username, text, at }: Message): object {
  return { id, room_id: room, username, content: text, timestamp: timestamp(at) };
}

function readLimit(text: string | undefined): number | null {
  if (text === undefined) return MAX_MESSAGES;
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_MESSAGES ? Number(text) : null;
}

function refusedRead(context: Context<Env>, why: Fault): Response {
  return why.fault === "no_such_room" ? notFound(context) : detail(context, why);
}

function notFound({ env }: Context<Env>): Response {
  env.asked.code = "no_such_room";
  return Response.json({ detail: "Room not found" }, { status: 404 });
}

function detail({ env }: Context<Env>, { fault, retry_after }: Fault): Response {
  env.asked.code = fault;
  const { text, http } = FAULTS[fault];
  const headers = retry_after === undefined ? {} : { "retry-after": String(Math.ceil(retry_after / 1_000)) };
  return Response.json({ detail: text }, { status: http, headers });
}
