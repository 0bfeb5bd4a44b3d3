import { Hash, Lock } from "lucide-react";
import type { RoomDetails } from "../../rooms/details.ts";
import { Avatar } from "../../ui/avatar.tsx";

/** Above the first message of a room. */
export function Beginning({ details, empty }: { details: RoomDetails; empty: boolean }) {
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pt-10 pb-4">
      {details.kind === "direct" ? (
        <Avatar id={details.peer?.id ?? ""} name={details.peer?.name ?? "?"} size="large" />
      ) : (
        <span className="grid size-14 place-items-center rounded-full rounded-bl-[22%] bg-accent-wash text-accent-text">
          {details.kind === "private" ? (
            <Lock size={24} aria-hidden="true" />
          ) : (
            <Hash size={26} aria-hidden="true" />
          )}
        </span>
      )}
      <p className="mt-4 font-semibold text-xl tracking-tight" dir="auto">
        {details.title}
      </p>
      {details.topic !== "" && (
        <p className="mt-0.5 text-ink-soft wrap-anywhere" dir="auto">
          {details.topic}
        </p>
      )}
      <p className="mt-1 text-ink-faint text-sm">{words(details, empty)}</p>
    </div>
  );
}

function words(details: RoomDetails, empty: boolean): string {
  if (details.kind === "direct")
    return `This conversation is only between the two of you.${empty ? " Say hello." : ""}`;
  if (!empty) return "This is where the room begins.";
  if (!details.mine) return "No messages yet.";
  return details.kind === "private" && details.members === 1
    ? "You are the only member. Invite people from the menu above."
    : "No messages yet. Write the first one.";
}
