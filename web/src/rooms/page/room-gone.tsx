import { LOBBY, type TimelineView } from "@parley/sdk";
import { DoorClosed } from "lucide-react";
import { roomPath } from "../../app/route.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { BUTTON_LINK, Link } from "../../ui/link.tsx";

type Gone = NonNullable<TimelineView["gone"]>;

/** In the place of a room that was the reader's until now: what became of it, and a way on. */
export function RoomGone({ gone }: { gone: Gone }) {
  const { title, text } = wordsOf(gone);
  return (
    <main tabIndex={-1} className="flex min-h-0 grow outline-none">
      <EmptyState whole icon={<DoorClosed size={28} aria-hidden="true" />} title={title} text={text}>
        <Link to={roomPath(LOBBY)} className={BUTTON_LINK}>
          Go to the lobby
        </Link>
      </EmptyState>
    </main>
  );
}

function wordsOf({ why, by }: Gone): { title: string; text: string } {
  const who = by === null ? "A member" : by.name;
  switch (why) {
    case "deleted":
      return { title: "This room was deleted", text: `${who} deleted it, with all its messages.` };
    case "removed":
      return {
        title: "You are no longer in this room",
        text: `${who} removed you. A member can invite you again.`,
      };
    case "left":
      return {
        title: "You have left this room",
        text: "It is private: a member can invite you again.",
      };
    case "lost":
      return {
        title: "You no longer have access to this room",
        text: "It was deleted, or you were removed from it, while you were away.",
      };
  }
}
