import type { TimelineItem } from "@parley/sdk";
import { CornerUpLeft, Ellipsis, SmilePlus } from "lucide-react";
import { cx } from "../../ui/classes.ts";
import { ICON_BUTTON } from "../../ui/icon-button.tsx";
import type { MessageActs } from "./message-acts.ts";
import { MessageMenu } from "./message-menu.tsx";
import { ReactionPicker } from "./reaction-picker.tsx";

/** What is open, and what opened the menu: after a key the first choice has the focus. */
export type MenuState = "closed" | "by key" | "by pointer" | "reacting";

type MessageActionsProps = {
  item: TimelineItem;
  acts: MessageActs;
  menu: MenuState;
  onMenu: (menu: MenuState) => void;
  /** What was open is closed and nothing else took the focus. */
  onClosed: () => void;
};

/**
 * The buttons of a message. With a mouse they appear on hover; by touch one is always there, faintly. They are plain
 * elements, and menu and picker are made when they are asked for: a room has thousands of messages.
 */
export function MessageActions({ item, acts, menu, onMenu, onClosed }: MessageActionsProps) {
  const { write } = acts.powers;
  const open = menu !== "closed";
  const react = (
    <button
      type="button"
      tabIndex={-1}
      aria-label="React"
      title={open ? undefined : "React"}
      onClick={() => onMenu("reacting")}
      className={cx(ICON_BUTTON, "size-8! pointer-coarse:hidden")}
    >
      <SmilePlus size={16} aria-hidden="true" />
    </button>
  );
  const more = (
    <button
      type="button"
      tabIndex={-1}
      aria-label={`More about the message of ${item.name}`}
      title={open ? undefined : "More"}
      onClick={
        menu === "by key" || menu === "by pointer"
          ? undefined
          : (event) => onMenu(event.detail === 0 ? "by key" : "by pointer")
      }
      className={cx(ICON_BUTTON, "size-8! text-ink-faint! pointer-coarse:-my-1 pointer-coarse:-mr-1.5")}
    >
      <Ellipsis size={16} aria-hidden="true" />
    </button>
  );
  return (
    <div
      className={cx(
        "relative flex shrink-0 self-start rounded-xl pointer-fine:absolute pointer-fine:-top-3.5 pointer-fine:right-4 pointer-fine:border pointer-fine:border-line pointer-fine:bg-raised pointer-fine:shadow-sheet",
        open
          ? "z-10"
          : "focus-within:opacity-100 group-hover/row:z-10 group-hover/row:opacity-100 pointer-fine:opacity-0",
      )}
    >
      {menu === "reacting" && (
        <ReactionPicker
          anchor={<span aria-hidden="true" className="absolute inset-0" />}
          onPick={(emoji) => acts.react(item, emoji)}
          onClose={() => onMenu("closed")}
          onClosed={onClosed}
        />
      )}
      {write && react}
      {write && (
        <button
          type="button"
          tabIndex={-1}
          aria-label="Reply"
          title="Reply"
          onClick={() => acts.reply(item)}
          className={cx(ICON_BUTTON, "size-8! pointer-coarse:hidden")}
        >
          <CornerUpLeft size={16} aria-hidden="true" />
        </button>
      )}
      {menu === "by key" || menu === "by pointer" ? (
        <MessageMenu
          item={item}
          acts={acts}
          trigger={more}
          focusFirst={menu === "by key"}
          onReact={() => onMenu("reacting")}
          onClose={() => onMenu("closed")}
          onClosed={onClosed}
        />
      ) : (
        more
      )}
    </div>
  );
}
