import type { Room, TimelineItem } from "@parley/sdk";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { StopProvider } from "../../text/stops.ts";
import { timeOfDay } from "../../text/time.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { cx } from "../../ui/classes.ts";
import { type MenuState, MessageActions } from "./message-actions.tsx";
import type { MessageActs } from "./message-acts.ts";
import { MessageBody } from "./message-body.tsx";
import { MessageEditor } from "./message-editor.tsx";
import { MessageHead } from "./message-head.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { SendStatus } from "./send-status.tsx";

type MessageProps = {
  room: Room;
  item: TimelineItem;
  /** First of its author's run. */
  lead: boolean;
  /** The message it answers, if that is among the loaded ones. */
  original: TimelineItem | null;
  /** The one that the Tab key reaches. */
  tabStop: boolean;
  editing: boolean;
  acts: MessageActs;
};

/** One message. Renders again only when it or its surroundings change. */
export const Message = memo(function Message(props: MessageProps) {
  const { room, item, lead, original, tabStop, editing, acts } = props;
  const [menu, setMenu] = useState<MenuState>("closed");
  const article = useRef<HTMLElement>(null);
  const actions = item.state === "sent" && !item.deleted && !editing;
  const back = () => article.current?.focus({ preventScroll: true });
  /** The focus is on it or in it: only then the Tab key goes through what it holds. */
  const [entered, setEntered] = useState(false);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== article.current || !actions) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      setMenu("by key");
    } else if (event.key === "r" && acts.powers.write) {
      event.preventDefault();
      acts.reply(item);
    } else if (event.key === "e" && item.own && acts.powers.write) {
      event.preventDefault();
      acts.edit(item);
    } else if (event.key === "+" && acts.powers.write) {
      event.preventDefault();
      setMenu("reacting");
    }
  };

  return (
    <div data-key={item.key} className={cx("group/row relative", lead && "pt-3")}>
      <article
        ref={article}
        data-message=""
        data-state={item.state}
        data-seq={item.seq ?? undefined}
        aria-label={`${item.name}, ${timeOfDay(item.at)}`}
        tabIndex={tabStop ? 0 : -1}
        onKeyDown={onKeyDown}
        onFocus={() => setEntered(true)}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setEntered(false);
        }}
        className={cx(
          "mx-auto flex max-w-3xl gap-3 px-3 py-0.5 transition-colors focus-visible:-outline-offset-2 md:rounded-xl md:px-4",
          item.mentionsMe
            ? "bg-signal-wash/60 hover:bg-signal-wash"
            : menu !== "closed"
              ? "bg-hover-sheet"
              : "hover:bg-hover-sheet",
        )}
      >
        <div className="w-9 shrink-0 pt-0.5">
          {lead ? (
            <Avatar id={item.author} name={item.name} />
          ) : (
            <time
              aria-hidden="true"
              className="block whitespace-nowrap pt-0.5 text-center text-[0.6875rem] text-ink-faint tabular-nums opacity-0 group-hover/row:opacity-100"
            >
              {timeOfDay(item.at)}
            </time>
          )}
        </div>
        <div className="min-w-0 grow">
          <StopProvider value={entered}>
            {lead && <MessageHead item={item} />}
            {item.replyTo !== null && !item.deleted && (
              <Quote room={room} at={item.replyTo} original={original} onOpen={acts.show} />
            )}
            {editing ? (
              <MessageEditor room={room} item={item} onDone={acts.stopEditing} onClosed={back} />
            ) : (
              <MessageBody item={item} onLook={acts.look} />
            )}
            {item.reactions.length > 0 && (
              <Reactions item={item} acts={acts} onAdd={() => setMenu("reacting")} />
            )}
          </StopProvider>
          <SendStatus room={room} item={item} acts={acts} />
        </div>
        {actions && <MessageActions item={item} menu={menu} onMenu={setMenu} acts={acts} onClosed={back} />}
      </article>
    </div>
  );
});
