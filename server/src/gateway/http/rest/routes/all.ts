import type { Route } from "../route.ts";
import { members } from "./members.ts";
import { messages } from "./messages.ts";
import { people } from "./people.ts";
import { reactions } from "./reactions.ts";
import { reading } from "./reading.ts";
import { roomRoutes } from "./rooms.ts";
import { server } from "./server.ts";
import { session } from "./session.ts";

/** Every route under `/api/v1`, in the order of the document. A more exact path is before a wider one. */
export const routes: readonly Route[] = [
  ...session,
  ...people,
  ...roomRoutes,
  ...members,
  ...messages,
  ...reactions,
  ...reading,
  ...server,
];
