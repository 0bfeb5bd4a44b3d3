/**
 * The one table of faults. REST statuses, close codes, the texts that people read and the documentation derive from it.
 *
 * - `final`: surely not stored, and the same command will be refused again; the client takes a new nonce if the person
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
  unknown_kind: row(400, "upgrade", true, "This server does not know that kind of frame or command."),
  no_such_address: row(
    404,
    "never",
    true,
    "There is nothing at this address, or it does not take this method.",
  ),
  invalid: row(422, "never", true, "A field is missing or wrong."),
  unsupported_media: row(415, "never", true, "Send the body as JSON, with content-type: application/json."),
  too_large: row(413, "never", true, "This is larger than the server takes.", 1009),
  hello_first: row(401, "sign_in", true, "Say hello first: no frame is taken before it.", 1002),
  second_hello: row(
    409,
    "never",
    true,
    "This connection has said hello already. Open another to sign in again.",
    1002,
  ),

  // Who is asking.
  signed_out: row(401, "sign_in", true, "Sign in first: the token is missing or not known here.", 4401),
  name_needed: row(422, "sign_in", true, "A new guest needs a name.", 4401),
  name_taken: row(409, "sign_in", true, "That name is taken. Choose another.", 4401),
  name_differs: row(409, "sign_in", true, "This token belongs to a guest of another name.", 4401),
  guests_off: row(403, "sign_in", true, "This server takes no guests.", 4401),

  // Whether it may be done.
  no_such_room: row(404, "never", true, "There is no such room, or you are not in it."),
  no_such_user: row(404, "never", true, "There is no such user."),
  no_such_message: row(404, "never", true, "There is no such message in this room."),
  not_a_member: row(403, "never", true, "Join the room first."),
  not_allowed: row(403, "never", true, "Your role in this room does not allow this."),
  not_author: row(403, "never", true, "Only its author may edit a message."),
  message_deleted: row(410, "never", true, "This message was deleted."),
  too_many_reactions: row(409, "never", true, "This message has as many kinds of reactions as it can hold."),
  no_such_member: row(404, "never", true, "That person is not in this room."),
  room_archived: row(
    409,
    "never",
    true,
    "This room is archived: it can be read, and nothing is added. An owner can open it again.",
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
    "A room keeps an owner. Make somebody else an owner first, or delete the room.",
  ),
  lobby_stays: row(409, "never", true, "Everybody is in the lobby. It cannot be left, archived or deleted."),
  direct_stays: row(
    409,
    "never",
    true,
    "A direct room is always its two people: it has no name, no roles and no end, and nobody comes or goes.",
  ),
  nonce_reused: row(
    422,
    "never",
    true,
    "This nonce was used for another command. Make a new one for each command.",
  ),

  // Not now.
  held: row(
    409,
    "retry",
    false,
    "An earlier command to this room has not gone through. Send that again, or skip it.",
  ),
  rate_limited: row(429, "retry", false, "Too fast. Wait as long as retry_after says."),
  storage: row(507, "retry", false, "The server cannot write at the moment. Nothing is lost: send it again."),
  internal: row(
    500,
    "retry",
    false,
    "The server failed at this. Send it again; it will not be stored twice.",
  ),
  draining: row(503, "retry", false, "The server is about to restart. Reconnect and send it again."),
} as const satisfies Record<string, FaultRow>;

export type FaultCode = keyof typeof FAULTS;

/** A refusal as a value. `detail` says which field or thing it was, in a sentence; `retry_after` is in milliseconds. */
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
