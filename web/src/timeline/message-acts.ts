import type { TimelineItem } from "@parley/sdk";

/** What can be done with messages. One object for all of them, so that it never makes a message render again. */
export type MessageActs = {
  /** Null where the reader may only look. */
  readonly reply: ((item: TimelineItem) => void) | null;
  readonly edit: (item: TimelineItem) => void;
  readonly stopEditing: () => void;
  /** Asks first. */
  readonly remove: (item: TimelineItem) => void;
  /** Shows the message that another one answers. */
  readonly show: (item: TimelineItem) => void;
};
