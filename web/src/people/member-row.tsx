import type { Member } from "@parley/sdk";
import { MessageCircle } from "lucide-react";
import { Avatar } from "../ui/avatar.tsx";
import { useDirect } from "./use-direct.ts";

const ROLES = { owner: "Owner", moderator: "Moderator", member: "" } as const;

/** A member; pressing somebody else's row opens the conversation with them. */
export function MemberRow({ member, self }: { member: Member; self: boolean }) {
  const talk = useDirect();
  const content = (
    <>
      <Avatar id={member.id} name={member.name} />
      <span className="min-w-0 grow">
        <span className="block truncate text-sm" dir="auto">
          {member.name}
          {self && <span className="text-ink-faint"> (you)</span>}
        </span>
        {ROLES[member.role] !== "" && (
          <span className="block text-ink-faint text-xs">{ROLES[member.role]}</span>
        )}
      </span>
    </>
  );
  if (self) return <li className="flex h-12 items-center gap-3 px-2">{content}</li>;
  return (
    <li>
      <button
        type="button"
        onClick={() => talk(member.id)}
        title={`Write to ${member.name} directly`}
        className="group/member flex h-12 w-full items-center gap-3 rounded-xl px-2 text-left transition-colors hover:bg-hover focus-visible:-outline-offset-2"
      >
        {content}
        <MessageCircle
          size={16}
          aria-hidden="true"
          className="shrink-0 text-ink-faint opacity-0 group-hover/member:opacity-100 group-focus-visible/member:opacity-100 pointer-coarse:opacity-60"
        />
      </button>
    </li>
  );
}
