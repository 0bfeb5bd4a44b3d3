import { Hash, Lock } from "lucide-react";
import type { RoomFace } from "../../rooms/details.ts";
import { Avatar } from "../../ui/avatar.tsx";

/** Above the first message of a room. */
export function Beginning({ face, empty }: { face: RoomFace; empty: boolean }) {
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pt-10 pb-4">
      {face.kind === "direct" ? (
        <Avatar id={face.peer?.id ?? ""} name={face.peer?.name ?? "?"} size="large" />
      ) : (
        <span className="grid size-14 place-items-center rounded-full rounded-bl-[22%] bg-accent-wash text-accent-text">
          {face.kind === "private" ? (
            <Lock size={24} aria-hidden="true" />
          ) : (
            <Hash size={26} aria-hidden="true" />
          )}
        </span>
      )}
      <p className="mt-4 font-semibold text-xl tracking-tight" dir="auto">
        {face.title}
      </p>
      {face.topic !== "" && (
        <p className="mt-0.5 text-ink-soft wrap-anywhere" dir="auto">
          {face.topic}
        </p>
      )}
      <p className="mt-1 text-ink-faint text-sm">{words(face, empty)}</p>
    </div>
  );
}

function words(face: RoomFace, empty: boolean): string {
  if (face.kind === "direct")
    return `This conversation is only between the two of you.${empty ? " Say hello." : ""}`;
  if (!empty) return "This is where the room begins.";
  if (!face.mine) return "No messages yet.";
  return face.kind === "private" && face.members === 1
    ? "You are the only member. Invite people from the menu above."
    : "No messages yet. Write the first one.";
}
