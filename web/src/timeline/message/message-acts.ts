import type { Room, TimelineItem } from "@parley/sdk";
import { useCallback, useMemo, useRef, useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { faultText } from "../../ui/fault-words.ts";
import { notify } from "../../ui/notices.ts";

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
  /** True if the focus has gone back to where the editing was asked for; else it needs a place. */
  readonly stopEditing: () => boolean;
  /** Puts what could not be sent back into the field for new messages. */
  readonly rewrite: (item: TimelineItem) => void;
  /** Asks first. */
  readonly remove: (item: TimelineItem) => void;
  /** Puts a reaction there, or takes the own one away. */
  readonly react: (item: TimelineItem, emoji: string) => void;
  /** Shows the earlier texts of an edited message. */
  readonly look: (item: TimelineItem) => void;
  /** Shows the message with this seq. */
  readonly show: (seq: number) => void;
};

type ActsInput = {
  room: Room;
  powers: Powers;
  reply: (item: TimelineItem) => void;
  show: (seq: number) => void;
  /** Puts the focus into the field for new messages. */
  toComposer: () => void;
  /** Puts a text there. */
  rewrite: (text: string) => void;
};

export type ActsState = {
  readonly acts: MessageActs;
  /** For the field for new messages, which gets the focus back. */
  readonly editFromComposer: (item: TimelineItem) => void;
  /** The key of the message that is being edited. */
  readonly editing: string | null;
  readonly deleting: TimelineItem | null;
  readonly looking: TimelineItem | null;
  /** Closes what asks or shows. */
  readonly close: () => void;
};

/** Doing things with messages, and which of them asks or shows something at the moment. */
export function useActs({ room, powers, reply, show, toComposer, rewrite }: ActsInput): ActsState {
  const client = useClient();
  const [editing, setEditing] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<TimelineItem | null>(null);
  const [looking, setLooking] = useState<TimelineItem | null>(null);
  const { write, moderate } = powers;

  const fromComposer = useRef(false);
  const edit = useCallback((item: TimelineItem) => {
    fromComposer.current = false;
    setEditing(item.key);
  }, []);
  const editFromComposer = useCallback((item: TimelineItem) => {
    fromComposer.current = true;
    setEditing(item.key);
  }, []);
  const stopEditing = useCallback(() => {
    setEditing(null);
    if (fromComposer.current) toComposer();
    return fromComposer.current;
  }, [toComposer]);
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
      stopEditing,
      rewrite: (item: TimelineItem) => {
        rewrite(item.text);
        room.discard(item.nonce);
      },
      remove: setDeleting,
      react,
      look: setLooking,
      show,
    }),
    [write, moderate, reply, edit, stopEditing, rewrite, react, room, show],
  );
  const close = useCallback(() => {
    setDeleting(null);
    setLooking(null);
  }, []);
  return { acts, editFromComposer, editing, deleting, looking, close };
}
