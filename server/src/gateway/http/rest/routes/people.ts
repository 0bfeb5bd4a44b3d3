import { isFault } from "@parley/protocol";
import { directoryQuery, person, userList } from "@parley/protocol/schemas";
import { omitUndefined } from "../omit-undefined.ts";
import { type Route, route } from "../route.ts";
import { ADA, BIM } from "./examples.ts";

const listUsers = route({
  id: "listUsers",
  method: "get",
  path: "/users",
  tag: "People",
  summary: "All users, by name",
  description: "`query` is a part of the name. `next` is the `cursor` of the next page.",
  query: directoryQuery,
  answers: {
    200: {
      schema: userList,
      description: "A page of people.",
      example: {
        users: [
          { ...ADA, online: true },
          { ...BIM, online: false },
        ],
        next: null,
      },
    },
  },
  faults: ["invalid", "rate_limited"],
  async run({ query, meter }, { store, isOnline }) {
    const found = await store.users(omitUndefined(query), meter);
    if (isFault(found)) return found;
    const { users, next } = found;
    return { body: { users: users.map((user) => ({ ...user, online: isOnline(user.id) })), next } };
  },
});

const readUser = route({
  id: "readUser",
  method: "get",
  path: "/users/{user}",
  tag: "People",
  summary: "One person",
  answers: { 200: { schema: person, description: "The person.", example: { ...ADA, online: true } } },
  faults: ["no_such_user"],
  async run({ params }, { store, isOnline }) {
    const user = await store.user(params.user);
    return isFault(user) ? user : { body: { ...user, online: isOnline(user.id) } };
  },
});

export const people: readonly Route[] = [listUsers, readUser];
