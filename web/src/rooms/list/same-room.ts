import type { RoomView } from "@parley/sdk";

/** Whether two views of one room are equal: the list makes new ones with each event of any room. */
export function sameRoom(one: RoomView, other: RoomView): boolean {
  return one.head === other.head && one.read.seq === other.read.seq && looksSame(one, other);
}

/** Whether two views of one room look the same in a list. */
export function looksSame(one: RoomView, other: RoomView): boolean {
  return (
    one.id === other.id &&
    one.kind === other.kind &&
    one.title === other.title &&
    one.topic === other.topic &&
    one.members === other.members &&
    one.archived === other.archived &&
    one.role === other.role &&
    one.peer?.id === other.peer?.id &&
    one.failed === other.failed &&
    one.read.unread === other.read.unread &&
    one.read.mentions === other.read.mentions
  );
}
