import { type Fault, fault, isFault } from "@parley/protocol";
import { guestRequest, pageQuery, roomId, token } from "@parley/protocol/schemas";
import { Hono } from "hono";
import type { Guests } from "../../auth/guests.ts";
import type { Store, User, Where } from "../../store/store.ts";
import { invalid } from "../native.ts";
import { problem } from "./problem.ts";

export type ApiParts = { readonly store: Store; readonly guests: Guests };

type Env = { Variables: { user: User } };

/**
 * HTTP reads under `/api/v1`, for whoever holds a guest's token (`Authorization: Bearer`). Errors are problem+json.
 * Commands go over the socket in this version.
 */
export function api({ store, guests }: ApiParts): Hono<Env> {
  const routes = new Hono<Env>();

  routes.post("/guests", async (context) => {
    const body: unknown = await context.req.json().catch(() => null);
    const parsed = guestRequest.safeParse(body);
    if (!parsed.success) return problem(invalid(parsed.error));
    const guest = await guests.signIn(parsed.data.token, parsed.data.name);
    return isFault(guest) ? problem(guest) : context.json(guest);
  });

  routes.use(async (context, next) => {
    const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const known = bearer !== undefined && token.safeParse(bearer).success ? await guests.known(bearer) : null;
    if (!known) return problem(fault("signed_out"));
    context.set("user", known);
    context.header("cache-control", "no-store");
    return next();
  });

  routes.get("/me", (context) => context.json(context.get("user")));

  routes.get("/rooms", async (context) => context.json({ rooms: await store.rooms(context.get("user").id) }));

  routes.get("/rooms/:room", async (context) => {
    const room = roomOf(context.req.param("room"));
    if (isFault(room)) return problem(room);
    const entry = await store.room(room, context.get("user").id);
    return isFault(entry) ? problem(entry) : context.json(entry);
  });

  routes.get("/rooms/:room/messages", async (context) => {
    const room = roomOf(context.req.param("room"));
    if (isFault(room)) return problem(room);
    const query = pageQuery.safeParse(context.req.query());
    if (!query.success) return problem(invalid(query.error));
    const page = await store.page(room, given(query.data) as Where, { user: context.get("user").id });
    return isFault(page) ? problem(page) : context.json(page);
  });

  routes.get("/rooms/:room/members", async (context) => {
    const room = roomOf(context.req.param("room"));
    if (isFault(room)) return problem(room);
    const members = await store.members(room, { user: context.get("user").id });
    return isFault(members) ? problem(members) : context.json({ members });
  });

  routes.all("*", () => problem(fault("no_such_address")));
  return routes;
}

/** What is no room's id names no room. */
function roomOf(text: string): string | Fault {
  return roomId.safeParse(text).success ? text : fault("no_such_room");
}

/** Without the fields that are undefined. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
