import type { Room, TimelineItem } from "@parley/sdk";
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { RichText } from "../text/rich-text.tsx";
import { fullTime, timeOfDay } from "../text/time.ts";
import { Avatar } from "../ui/avatar.tsx";
import { cx } from "../ui/classes.ts";
import { type MenuState, MessageActions } from "./message-actions.tsx";
import type { MessageActs } from "./message-acts.ts";
import { MessageEditor } from "./message-editor.tsx";
import { OwnState } from "./own-state.tsx";
import { PersonName } from "./person-name.tsx";
import { Quote } from "./quote.tsx";

type MessageProps = {
  room: Room;
  item: TimelineItem;
  /** First of its author's run. */
  lead: boolean;
  /** The message it answers, if that is loaded. */
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

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.target !== article.current || !actions) return;
    event.preventDefault();
    setMenu("by key");
  };

  return (
    <li data-key={item.key} className={cx("group/row relative", lead && "mt-3")}>
      <article
        ref={article}
        data-message=""
        data-state={item.state}
        data-seq={item.seq ?? undefined}
        aria-label={`${item.name}, ${timeOfDay(item.at)}`}
        tabIndex={tabStop ? 0 : -1}
        onKeyDown={onKeyDown}
        className={cx(
          "mx-auto flex max-w-3xl gap-3 px-3 py-0.5 transition-colors focus-visible:-outline-offset-2 md:rounded-xl md:px-4",
          menu !== "closed" ? "bg-hover-sheet" : "hover:bg-hover-sheet",
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
          {lead && (
            <div className="flex items-baseline gap-2 leading-snug">
              <PersonName item={item} />
              <time
                dateTime={new Date(item.at).toISOString()}
                title={fullTime(item.at)}
                className="shrink-0 text-ink-faint text-xs tabular-nums"
              >
                {timeOfDay(item.at)}
              </time>
            </div>
          )}
          {item.replyTo !== null && <Quote original={original} onOpen={acts.show} />}
          {editing ? (
            <MessageEditor
              room={room}
              item={item}
              onDone={acts.stopEditing}
              onClosed={() => article.current?.focus()}
            />
          ) : (
            <MessageBody item={item} />
          )}
          <OwnState room={room} item={item} />
        </div>
        {actions && (
          <MessageActions
            item={item}
            menu={menu}
            onMenu={setMenu}
            acts={acts}
            onClosed={() => article.current?.focus()}
          />
        )}
      </article>
    </li>
  );
});

function MessageBody({ item }: { item: TimelineItem }) {
  if (item.deleted) return <p className="text-ink-faint text-sm italic">This message was deleted.</p>;
  return (
    <div
      className={cx(item.state === "pending" && "animate-dim", item.state === "failed" && "text-ink-soft")}
    >
      <span data-body="">
        <RichText text={item.text} />
      </span>
      {item.editedAt !== null && (
        <span title={fullTime(item.editedAt)} className="ml-1.5 whitespace-nowrap text-ink-faint text-xs">
          (edited)
        </span>
      )}
    </div>
  );
}
