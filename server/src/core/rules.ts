import type { CommandKind } from "@parley/protocol";
import type { Command, CommandTo } from "./command.ts";
import type { Facts, Need } from "./facts.ts";
import {
  archiveRoom,
  changeRole,
  deleteRoom,
  removeMember,
  renameRoom,
  setTopic,
  unarchiveRoom,
} from "./governance.ts";
import { deleteMessage, editMessage, redactMessage, sendMessage } from "./messages.ts";
import { createOwnerlessRoom, deleteOwnerlessRoom } from "./ownerless-rooms.ts";
import { addReaction, removeReaction } from "./reactions.ts";
import { markRead } from "./reading.ts";
import { createDirect, createRoom, inviteMember, joinRoom, leaveRoom } from "./rooms.ts";
import type { Decision, Name, Rule, Rules } from "./rule.ts";

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
  add_reaction: addReaction,
  remove_reaction: removeReaction,
  rename_room: renameRoom,
  set_topic: setTopic,
  archive_room: archiveRoom,
  unarchive_room: unarchiveRoom,
  delete_room: deleteRoom,
  remove_member: removeMember,
  change_role: changeRole,
  mark_read: markRead,
  open_room: createOwnerlessRoom,
  close_room: deleteOwnerlessRoom,
  redact_message: redactMessage,
};

/** The type of the command's body follows from its kind; TypeScript cannot infer that across the table, so the cast is here. */
function ruleFor<K extends CommandKind>(command: CommandTo<K>): Rule<K> {
  return RULES[command.body.kind as K];
}

/** The feeds that a command locks, and what its rule needs to know of each. */
export function needs(command: Command): readonly Need[] {
  return ruleFor(command).needs(command);
}

/** The keys that the rule may claim for the command. */
export function claimed(command: Command): readonly Name[] {
  return ruleFor(command).names?.(command) ?? [];
}

/** Whether the store keeps an answer under the command's nonce, so that a repeated send receives it again. */
export function remembered(command: Command): boolean {
  return ruleFor(command).keyless !== true;
}

/** The rule's decision on a command. */
export function decide(command: Command, facts: Facts): Decision {
  return ruleFor(command).decide(command, facts);
}
