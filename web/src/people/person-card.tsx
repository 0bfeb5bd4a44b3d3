import { MessageCircle } from "lucide-react";
import { Popover } from "radix-ui";
import type { ReactNode } from "react";
import { useSelf } from "../app/client.ts";
import { Button } from "../ui/button.tsx";
import { PersonAvatar, usePresenceText } from "./person-avatar.tsx";
import { ROLE_NAMES } from "./roles.ts";
import { useRoomPeople } from "./room-people.ts";
import { useDirect } from "./use-direct.ts";

type PersonCardProps = {
  id: string;
  name: string;
  /** The button that the card hangs on. */
  trigger: ReactNode;
  open: boolean;
  onOpenChange: (open: boolean) => void;
};

/** The profile of a user, with a way to write to them. */
export function PersonCard({ id, name, trigger, open, onOpenChange }: PersonCardProps) {
  const talk = useDirect();
  const self = useSelf();
  const presence = usePresenceText(id);
  const role = useRoomPeople().byId.get(id)?.role;
  const facts = [role && ROLE_NAMES[role], presence].filter(Boolean).join(" · ");
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={name}
          className="z-50 flex w-64 animate-appear flex-col items-center gap-3 rounded-3xl border border-line bg-raised p-5 shadow-raised outline-none [--dot-gap:var(--raised)]"
        >
          <PersonAvatar id={id} name={name} size="large" />
          <div className="max-w-full text-center">
            <p className="truncate font-semibold" dir="auto">
              {name}
            </p>
            <p className="text-ink-faint text-sm">{id === self?.id ? "This is you" : facts}</p>
          </div>
          {id !== self?.id && (
            <Button look="primary" className="w-full" onClick={() => talk(id)}>
              <MessageCircle size={16} aria-hidden="true" />
              Send a message
            </Button>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
