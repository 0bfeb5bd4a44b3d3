import type { CommandKind } from "@parley/protocol";
import type { Command, CommandTo } from "./command.ts";
import type { Facts, Need } from "./facts.ts";
import { deleteMessage, editMessage, sendMessage } from "./messages.ts";
import { createDirect, createRoom, inviteMember, joinRoom, leaveRoom } from "./rooms.ts";
import type { Decision, Rule, Rules } from "./rule.ts";

/** Every kind of command and its rule. */
export const RULES: Rules = {
  create_room: createRoom,
  create_direct: createDirect,
  join_room: joinRoom,
  leave_room: leaveRoom,
  invite_member: inviteMember,
  send_message: sendMessage,
  edit_message: editMessage,
  delete_message: deleteMessage,
};

/** The type of the command's body follows from its kind; TypeScript cannot see that across the table, so it is said once here. */
function ruleFor<K extends CommandKind>(command: CommandTo<K>): Rule<K> {
  return RULES[command.body.kind as K];
}

/** The feeds that a command locks, and what its rule needs to know of each. */
export function needs(command: Command): readonly Need[] {
  return ruleFor(command).needs(command);
}

/** The rule's decision on a command. */
export function decide(command: Command, facts: Facts): Decision {
  return ruleFor(command).decide(command, facts);
}
