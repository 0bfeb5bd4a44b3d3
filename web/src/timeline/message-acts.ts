import type { Room, TimelineItem } from "@parley/sdk";
import { useCallback, useMemo, useState } from "react";
import { useClient } from "../app/client.ts";
import { ensureLive } from "../app/ensure-live.ts";
import { faultText } from "../ui/fault-words.ts";
import { notify } from "../ui/notices.ts";

/** What a reader may do in a room. */
export type Powers = {
  /** Write, react, change what is their own. */
  readonly write: boolean;
  /** Take away what others wrote. */
  readonly moderate: boolean;
};

/** What can be done with messages. One object for all of them, so that it never makes a message render again. */
export type MessageActs = {
  readonly powers: Powers;
  readonly reply: (item: TimelineItem) => void;
  readonly edit: (item: TimelineItem) => void;
  readonly stopEditing: () => void;
  /** Asks first. */
  readonly remove: (item: TimelineItem) => void;
  /** Puts a reaction there, or takes the own one away. */
  readonly react: (item: TimelineItem, emoji: string) => void;
  /** Shows what an edited message said before. */
  readonly look: (item: TimelineItem) => void;
  /** Shows the message with this seq. */
  readonly show: (seq: number) => void;
};

type ActsInput = {
  room: Room;
  powers: Powers;
  reply: (item: TimelineItem) => void;
  show: (seq: number) => void;
};

export type ActsState = {
  readonly acts: MessageActs;
  readonly edit: (item: TimelineItem) => void;
  /** The key of the message that is being edited. */
  readonly editing: string | null;
  readonly deleting: TimelineItem | null;
  readonly looking: TimelineItem | null;
  /** Closes what asks or shows. */
  readonly close: () => void;
};

/** Doing things with messages, and which of them asks or shows something at the moment. */
export function useActs({ room, powers, reply, show }: ActsInput): ActsState {
  const client = useClient();
  const [editing, setEditing] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<TimelineItem | null>(null);
  const [looking, setLooking] = useState<TimelineItem | null>(null);
  const { write, moderate } = powers;

  const edit = useCallback((item: TimelineItem) => setEditing(item.key), []);
  const react = useCallback(
    async ({ id, reactions }: TimelineItem, emoji: string) => {
      if (id === null) return;
      const mine = reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
      try {
        ensureLive(client);
        await (mine ? room.unreact(id, emoji) : room.react(id, emoji));
      } catch (error) {
        notify(faultText(error));
      }
    },
    [client, room],
  );
  const acts = useMemo(
    () => ({
      powers: { write, moderate },
      reply,
      edit,
      stopEditing: () => setEditing(null),
      remove: setDeleting,
      react,
      look: setLooking,
      show,
    }),
    [write, moderate, reply, edit, react, show],
  );
  const close = useCallback(() => {
    setDeleting(null);
    setLooking(null);
  }, []);
  return { acts, edit, editing, deleting, looking, close };
}
