import type { RoomKind } from "@parley/sdk";
import { Archive, Hash, Lock } from "lucide-react";
import { PersonAvatar } from "../../people/person-avatar.tsx";

type RoomIconProps = {
  kind: RoomKind;
  peer: { id: string; name: string } | null;
  archived?: boolean;
};

/** What kind of room it is, at a glance; the word for it is read aloud. */
export function RoomIcon({ kind, peer, archived = false }: RoomIconProps) {
  if (archived) {
    return (
      <span className="grid size-6 shrink-0 place-items-center">
        <Archive size={15} strokeWidth={2} role="img" aria-label="Archived room" />
      </span>
    );
  }
  switch (kind) {
    case "public":
      return (
        <span className="grid size-6 shrink-0 place-items-center">
          <Hash size={17} strokeWidth={2.25} role="img" aria-label="Public room" />
        </span>
      );
    case "private":
      return (
        <span className="grid size-6 shrink-0 place-items-center">
          <Lock size={15} strokeWidth={2.25} role="img" aria-label="Private room" />
        </span>
      );
    case "direct":
      return <PersonAvatar id={peer?.id ?? ""} name={peer?.name ?? "?"} size="small" />;
  }
}
