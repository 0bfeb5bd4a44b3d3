import { MessageCircle } from "lucide-react";
import { Popover } from "radix-ui";
import type { ReactNode } from "react";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { useDirect } from "./use-direct.ts";

type PersonCardProps = {
  id: string;
  name: string;
  /** The button that the card hangs on. */
  trigger: ReactNode;
  onOpenChange: (open: boolean) => void;
};

/** Who somebody is, open, with a way to write to them. */
export function PersonCard({ id, name, trigger, onOpenChange }: PersonCardProps) {
  const talk = useDirect();
  return (
    <Popover.Root open onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={name}
          className="z-50 flex w-64 animate-appear flex-col items-center gap-3 rounded-3xl border border-line bg-raised p-5 shadow-raised outline-none"
        >
          <Avatar id={id} name={name} size="large" />
          <p className="max-w-full truncate font-semibold" dir="auto">
            {name}
          </p>
          <Button look="primary" className="w-full" onClick={() => talk(id)}>
            <MessageCircle size={16} aria-hidden="true" />
            Write directly
          </Button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
