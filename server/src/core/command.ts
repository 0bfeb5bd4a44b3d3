import type { CommandKind, CommandOf, Nonce, UserId } from "@parley/protocol";

/** The user who acts, with the name at this time. A walk-in is a guest without a credential: a new id for each connection. */
export type Actor = {
  readonly id: UserId;
  readonly name: string;
  readonly walk_in: boolean;
  /** Only where several nodes have one store: the session that the command came by. */
  readonly session?: SenderSession;
};

/** The session of a device. Of two sessions of one device, the one of the higher generation is the newer. */
export type SenderSession = {
  readonly device: string;
  readonly generation: number;
  /** Of the session: another one of the same generation has another id. */
  readonly id: string;
};

/** The content of a command: what clients send, and what the server performs for them. */
export type Body = { [K in CommandKind]: CommandOf<K> }[CommandKind];

/** A command on its way to the store. */
export type Command<B extends Body = Body> = {
  readonly actor: Actor;
  readonly nonce: Nonce;
  /** Milliseconds UTC on the clock of the node that received it. */
  readonly at: number;
  readonly body: B;
};

export type CommandTo<K extends CommandKind> = Command<CommandOf<K>>;
