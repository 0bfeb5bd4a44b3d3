import { codePoints, LIMITS, type Room, type TimelineItem } from "@parley/sdk";
import { SendHorizontal } from "lucide-react";
import {
  type FormEvent,
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { FINE_POINTER, useMedia } from "../app/hooks/use-media.ts";
import { cx } from "../ui/classes.ts";
import { GrowingText } from "../ui/growing-text.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { CompletionList } from "./completion-list.tsx";
import { keepDraft, readDraft } from "./drafts.ts";
import { ReplyBar } from "./reply-bar.tsx";
import { useCompletion } from "./use-completion.ts";
import { useMentions } from "./use-mentions.ts";
import { useTypingAnywhere } from "./use-typing-anywhere.ts";

export interface ComposerControls {
  focus(): void;
  /** Puts a text into the field, below what is there. */
  put(text: string): void;
}

type ComposerProps = {
  room: Room;
  title: string;
  replyTo: TimelineItem | null;
  onReplyTo: (item: TimelineItem | null) => void;
  /** Asked by the up arrow in an empty field. */
  onEditLast: () => void;
  controls: Ref<ComposerControls>;
};

/** From here on what remains is shown, in code points. */
const NEAR_LIMIT = 500;

/** Where a message is written. Sending never waits: without a connection it goes into the outbox. */
export function Composer({ room, title, replyTo, onReplyTo, onEditLast, controls }: ComposerProps) {
  const [text, setText] = useState(() => readDraft(room.id));
  const desk = useMedia(FINE_POINTER);
  const field = useRef<HTMLTextAreaElement>(null);
  // UTF-16 units are never fewer, so most texts need no count.
  const left = text.length < LIMITS.text - NEAR_LIMIT ? LIMITS.text : LIMITS.text - codePoints(text);
  const sendable = text.trim() !== "" && left >= 0;

  // With a mouse there is a keyboard: writing can begin at once. By touch it would cover half of the room.
  useEffect(() => {
    if (desk) field.current?.focus();
  }, [desk]);

  useTypingAnywhere(field);

  const change = (next: string) => {
    setText(next);
    keepDraft(room.id, next);
    if (next.trim() !== "") room.noteTyping();
  };
  useImperativeHandle(controls, () => ({
    focus: () => field.current?.focus(),
    put(more) {
      change(text.trim() === "" ? more : `${text}\n${more}`);
      field.current?.focus();
    },
  }));
  const completion = useCompletion(field, text, change);
  const mentionsOf = useMentions();
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (!sendable) return;
    const body = withoutBlankEdges(text);
    room.send(body, { ...mentionsOf(body), ...(replyTo?.id ? { replyTo: replyTo.id } : {}) });
    change("");
    onReplyTo(null);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229 || completion.onKeyDown(event)) return;
    if (event.key === "Enter" && desk && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && replyTo !== null) {
      onReplyTo(null);
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onEditLast();
    }
  };

  return (
    <form
      onSubmit={send}
      aria-label={`Write to ${title}`}
      className="mx-auto w-full max-w-3xl shrink-0 px-2.5 pb-[max(0.625rem,env(safe-area-inset-bottom))] md:px-4 md:pb-4"
    >
      <div className="relative rounded-2xl border border-line-strong bg-raised transition-colors focus-within:border-accent focus-within:shadow-sheet">
        <CompletionList completion={completion} />
        {replyTo !== null && <ReplyBar item={replyTo} onCancel={() => onReplyTo(null)} />}
        <div className="flex items-end gap-1 p-1.5">
          <GrowingText
            ref={field}
            aria-label={`Message to ${title}`}
            placeholder={`Write to ${title}`}
            enterKeyHint={desk ? "send" : "enter"}
            value={text}
            onChange={(event) => {
              change(event.target.value);
              completion.onSelect();
            }}
            onKeyDown={onKeyDown}
            onSelect={completion.onSelect}
            {...completion.aria}
            aria-describedby="composer-left"
            aria-invalid={left < 0}
            className="min-w-0 grow self-center bg-transparent px-2.5 py-1.5 text-base outline-none md:text-[0.9375rem]"
          />
          <span
            id="composer-left"
            className={cx(
              "self-end px-1 pb-2.5 text-xs tabular-nums empty:hidden",
              left < 0 ? "font-semibold text-danger" : "text-ink-faint",
            )}
          >
            {left <= NEAR_LIMIT && (left < 0 ? `${-left} too many` : `${left} left`)}
          </span>
          <IconButton
            type="submit"
            label="Send"
            disabled={!sendable}
            className="rounded-full! rounded-br-[22%]! bg-accent text-on-accent! enabled:hover:bg-accent-hover! disabled:bg-line! disabled:text-ink-faint! disabled:opacity-100!"
          >
            <SendHorizontal size={17} aria-hidden="true" />
          </IconButton>
        </div>
      </div>
    </form>
  );
}

/** Blank lines around a text are slips; spaces before its first word may be meant. */
function withoutBlankEdges(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, "").trimEnd();
}
