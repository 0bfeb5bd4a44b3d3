/**
 * The one table of faults. HTTP statuses, close codes, the texts shown to people and the documentation derive from it.
 *
 * - `final`: certainly not stored, and the same command would be refused again; the client makes a new nonce if the user
 *   tries again. A fault that is not final keeps its nonce: the outcome may be unknown, and a resend settles it.
 * - `advice`: what the client does next. `never` try this again, `retry` (after `retry_after` ms where given), `sign_in`
 *   again, `upgrade` the client.
 * - `close`: the socket is closed with this code after the fault, where continuing makes no sense.
 */
export type Advice = "never" | "retry" | "sign_in" | "upgrade";

export type FaultRow = {
  readonly text: string;
  readonly http: number;
  readonly advice: Advice;
  readonly final: boolean;
  readonly close?: number;
};

const row = (http: number, advice: Advice, final: boolean, text: string, close?: number): FaultRow =>
  close === undefined ? { text, http, advice, final } : { text, http, advice, final, close };

export const FAULTS = {
  // The frame or the request itself.
  bad_frame: row(
    400,
    "never",
    true,
    "This is not a JSON object with a type. Send one JSON object in a text frame.",
  ),
  unknown_kind: row(
    400,
    "upgrade",
    true,
    "This server does not know this kind of frame or command. It may be older than the client.",
  ),
  no_such_address: row(
    404,
    "never",
    true,
    "There is nothing at this address, or it does not support this method.",
  ),
  invalid: row(422, "never", true, "A field is missing or wrong."),
  unsupported_media: row(415, "never", true, "Send the body as JSON, with content-type: application/json."),
  too_large: row(413, "never", true, "This is larger than the server accepts.", 1009),
  hello_first: row(401, "sign_in", true, "Sign in first: the first frame must be hello.", 1002),
  second_hello: row(
    409,
    "never",
    true,
    "This connection is signed in already. Open another one to sign in again.",
    1002,
  ),

  // Signing in.
  signed_out: row(
    401,
    "sign_in",
    true,
    "Sign in first: the token is missing or not known to this server.",
    4401,
  ),
  name_needed: row(422, "sign_in", true, "A new guest needs a name.", 4401),
  name_taken: row(409, "sign_in", true, "That name is taken. Choose another.", 4401),
  name_differs: row(409, "sign_in", true, "This token belongs to a guest with another name.", 4401),
  guests_off: row(403, "sign_in", true, "Signing in as a guest is turned off on this server.", 4401),

  // Rules and permissions.
  no_such_room: row(404, "never", true, "There is no such room, or you are not a member."),
  no_such_user: row(404, "never", true, "There is no such user."),
  no_such_message: row(404, "never", true, "There is no such message in this room."),
  not_a_member: row(403, "never", true, "Join the room first."),
  not_allowed: row(403, "never", true, "Your role in this room does not allow this."),
  not_author: row(403, "never", true, "Only the author can edit a message."),
  message_deleted: row(410, "never", true, "This message was deleted."),
  too_many_reactions: row(
    409,
    "never",
    true,
    "This message already has the largest number of different reactions.",
  ),
  no_such_member: row(404, "never", true, "This person is not a member of the room."),
  room_archived: row(
    409,
    "never",
    true,
    "This room is archived: it can be read, but nothing can be added. An owner can open it again.",
  ),
  room_exists: row(409, "never", true, "A room with this id exists already. Make a new id."),
  room_name_taken: row(409, "never", true, "A public room of this name exists already. Choose another name."),
  invited_already: row(
    409,
    "never",
    true,
    "You have invited this person to this room already. Another member can invite them, or you can tomorrow.",
  ),
  last_owner: row(
    409,
    "never",
    true,
    "A room must have an owner. Make another member an owner first, or delete the room.",
  ),
  lobby_stays: row(409, "never", true, "The lobby cannot be left, archived or deleted."),
  direct_stays: row(
    409,
    "never",
    true,
    "A direct room always has the same two members. It has no name and no roles, and it cannot be left or deleted.",
  ),
  nonce_reused: row(
    422,
    "never",
    true,
    "This nonce was used for another command. Make a new one for each command.",
  ),

  // Temporary.
  held: row(
    409,
    "retry",
    false,
    "An earlier command to this room is not stored yet. Send it again first, or skip it.",
  ),
  newer_session: row(409, "retry", false, "This device has a newer connection. Send it again there."),
  rate_limited: row(429, "retry", false, "Too many requests. Wait a moment, then try again."),
  storage: row(
    507,
    "retry",
    false,
    "The server cannot write at the moment. Nothing is lost: try again later.",
  ),
  internal: row(
    500,
    "retry",
    false,
    "Something went wrong on the server. Send it again; it will not be stored twice.",
  ),
  draining: row(503, "retry", false, "The server is about to restart. Reconnect and send it again."),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

/** A refusal as a value. `detail` is a sentence that names the field or object; `retry_after` is in milliseconds. */
export type Fault = { readonly fault: FaultCode; readonly detail?: string; readonly retry_after?: number };

/** Makes a fault. */
export function fault(code: FaultCode, detail?: string, retry_after?: number): Fault {
  return {
    fault: code,
    ...(detail === undefined ? {} : { detail }),
    ...(retry_after === undefined ? {} : { retry_after }),
  };
}

export function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "fault" in value;
}
