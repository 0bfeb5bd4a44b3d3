import { fault, isFault } from "@parley/protocol";
import { guest, guestRequest } from "@parley/protocol/schemas";
import { joinLobby } from "../../../session/welcome.ts";
import { DRAIN_RETRY } from "../perform-command.ts";
import { type Route, route } from "../route.ts";
import { ADA, TOKEN } from "./examples.ts";

const signIn = route({
  id: "signIn",
  method: "post",
  path: "/guests",
  tag: "Session",
  summary: "Sign in as a guest",
  description:
    "The token is 256 random bits of your own making, as base64url; from then on it says who you are: `Authorization: Bearer`. The name belongs to it. The same name and token again is the same guest, so this may be repeated freely. Who is new joins the lobby.",
  access: "open",
  body: guestRequest,
  bodyExample: { name: ADA.name, token: TOKEN },
  answers: {
    201: { schema: guest, description: "A new guest. `Location` is the person.", example: ADA },
    200: { schema: guest, description: "The guest was here before.", example: ADA },
  },
  faults: ["name_taken", "name_differs", "guests_off", "rate_limited", "storage", "draining"],
  async run({ body, address }, { guests, admission, chat, ready, now }) {
    if (!ready()) return fault("draining", undefined, DRAIN_RETRY);
    let fresh = false;
    const allowance = admission.guestAllowance(address, () => {
      fresh = true;
    });
    const user = await guests.signIn(body.token, body.name, allowance);
    if (isFault(user)) return user;
    const joined = await joinLobby(chat, user, now());
    if (isFault(joined)) return joined;
    const location = { location: `/users/${user.id}` };
    return { body: user, ...(fresh ? { status: 201, ...location } : {}) };
  },
});

const readMe = route({
  id: "readMe",
  method: "get",
  path: "/me",
  tag: "Session",
  summary: "Who you are",
  answers: { 200: { schema: guest, description: "You.", example: ADA } },
  run: ({ user }) => ({ body: user }),
});

export const session: readonly Route[] = [signIn, readMe];
