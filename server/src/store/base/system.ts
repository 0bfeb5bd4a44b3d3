import type { User } from "../store.ts";

/** The actor of what no user does, such as the creation of the lobby. It has a name that no guest can take, and no way to sign in. */
export const SYSTEM_USER: User = { id: "00000000-0000-7000-8000-000000000000", name: "Parley" };
