import type { RoomKind } from "@parley/sdk";
import { Hash, Lock } from "lucide-react";
import { Avatar } from "../ui/avatar.tsx";

type RoomIconProps = {
  kind: RoomKind;
  peer: { id: string; name: string } | null;
};

/** What kind of room it is, at a glance; the word for it is read aloud. */
export function RoomIcon({ kind, peer }: RoomIconProps) {
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
      return <Avatar id={peer?.id ?? ""} name={peer?.name ?? "?"} size="small" />;
  }
}
