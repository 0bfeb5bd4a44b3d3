import { codePoints, LIMITS, type Room, type TimelineItem } from "@parley/sdk";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useClient } from "../../app/client.ts";
import { ensureLive } from "../../app/ensure-live.ts";
import { CompletionList } from "../../composer/completion-list.tsx";
import { useCompletion } from "../../composer/use-completion.ts";
import { useMentions } from "../../composer/use-mentions.ts";
import { Button } from "../../ui/button.tsx";
import { FaultText } from "../../ui/fault-text.tsx";
import { faultText } from "../../ui/fault-words.ts";
import { GrowingText } from "../../ui/growing-text.tsx";

type MessageEditorProps = {
  room: Room;
  item: TimelineItem;
  /** True if the focus has gone elsewhere. */
  onDone: () => boolean;
  /** Called after `onDone` if the focus needs a place. */
  onClosed: () => void;
};

/** The editor of an own message, in its place. Enter saves, Escape leaves it as it was. */
export function MessageEditor({ room, item, onDone, onClosed }: MessageEditorProps) {
  const client = useClient();
  const [text, setText] = useState(item.text);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const editor = useRef<HTMLDivElement>(null);
  const completion = useCompletion(field, text, setText);
  const mentionsOf = useMentions();
  const usable = text.trim() !== "" && codePoints(text) <= LIMITS.text;

  useEffect(() => {
    const element = field.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
    // Two frames later the timeline has settled around the new height.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => editor.current?.scrollIntoView({ block: "nearest" })),
    );
  }, []);

  const close = () => {
    if (!onDone()) onClosed();
  };
  const keep = async () => {
    if (!usable || busy || item.id === null) return;
    if (text === item.text) return close();
    setBusy(true);
    setFault(null);
    try {
      ensureLive(client);
      await room.edit(item.id, text, mentionsOf(text));
      close();
    } catch (error) {
      setFault(faultText(error));
      setBusy(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || completion.onKeyDown(event)) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      keep();
    }
  };

  return (
    <div ref={editor} className="relative my-1 flex flex-col gap-2">
      <CompletionList completion={completion} />
      <GrowingText
        ref={field}
        aria-label="Edit the message"
        value={text}
        readOnly={busy}
        onChange={(event) => {
          setText(event.target.value);
          completion.onSelect();
        }}
        onKeyDown={onKeyDown}
        onSelect={completion.onSelect}
        {...completion.aria}
        className="w-full rounded-xl border border-line-strong bg-raised px-3 py-2 text-base md:text-[0.9375rem] focus-visible:outline-offset-0"
      />
      <FaultText text={fault} />
      <div className="flex flex-wrap items-center gap-2">
        <Button small look="primary" disabled={!usable || busy} onClick={keep}>
          {busy ? "Saving…" : "Save"}
        </Button>
        <Button small look="quiet" onClick={close}>
          Cancel
        </Button>
        <span className="text-ink-faint text-xs pointer-coarse:hidden">Enter saves, Escape cancels</span>
      </div>
    </div>
  );
}
