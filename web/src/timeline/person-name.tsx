import type { TimelineItem } from "@parley/sdk";
import { MessageCircle } from "lucide-react";
import { Popover } from "radix-ui";
import { useDirect } from "../people/use-direct.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";

/** The author's name; somebody else's opens a card with a way to write to them. */
export function PersonName({ item }: { item: TimelineItem }) {
  const talk = useDirect();
  if (item.own || item.walkIn) {
    return (
      <span className="truncate font-semibold" dir="auto">
        {item.name}
        {item.walkIn && <span className="ml-2 font-normal text-ink-faint text-xs">passing through</span>}
      </span>
    );
  }
  return (
    <Popover.Root>
      <Popover.Trigger
        tabIndex={-1}
        className="truncate rounded font-semibold hover:underline hover:underline-offset-2"
      >
        <span dir="auto">{item.name}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={item.name}
          className="z-50 flex w-64 animate-appear flex-col items-center gap-3 rounded-3xl border border-line bg-raised p-5 shadow-raised outline-none"
        >
          <Avatar id={item.author} name={item.name} size="large" />
          <p className="max-w-full truncate font-semibold" dir="auto">
            {item.name}
          </p>
          <Button look="primary" className="w-full" onClick={() => talk(item.author)}>
            <MessageCircle size={16} aria-hidden="true" />
            Write directly
          </Button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
