import { type RefObject, useEffect } from "react";

/** Where letters have a meaning of their own. */
const TAKES_LETTERS =
  "input, textarea, select, [contenteditable], [role=menu], [role=dialog], [role=alertdialog], [role=listbox]";

/**
 * A printable key that is no command goes into the field, wherever the focus is on the page: the field gets the focus
 * before the browser inserts the letter. Keys that others have taken (`preventDefault`), and those with Control, Alt or
 * Command, stay where they are.
 */
export function useTypingAnywhere(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || !isLetter(event)) return;
      if (event.target instanceof Element && event.target.closest(TAKES_LETTERS) !== null) return;
      // An open layer keeps the focus to itself.
      if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null) return;
      field.current?.focus();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [field]);
}

/** A key that writes something. The space bar scrolls and presses. Some layouts write with Alt and Control together. */
function isLetter(event: KeyboardEvent): boolean {
  const { key, ctrlKey, altKey, metaKey } = event;
  if ([...key].length !== 1 || key === " ") return false;
  return event.getModifierState("AltGraph") || !(ctrlKey || altKey || metaKey);
}
