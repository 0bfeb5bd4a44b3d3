import { notify } from "./notices.ts";

/**
 * Copies a text, and shows `notice` when that worked; null where it is shown otherwise. True if it is copied. The browser's
 * clipboard is there on https and localhost only; elsewhere the older way is taken.
 */
export async function copyText(text: string, notice: string | null): Promise<boolean> {
  const copied = (await byClipboard(text)) || bySelection(text);
  if (!copied) notify("This browser does not let the page copy. Select the text and copy it.");
  else if (notice !== null) notify(notice);
  return copied;
}

async function byClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** By a selection of its own, which moves no focus: a layer that keeps the focus would take it back. */
function bySelection(text: string): boolean {
  const selection = getSelection();
  if (selection === null) return false;
  const before = selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
  const holder = document.createElement("span");
  holder.textContent = text;
  holder.className = "fixed top-0 whitespace-pre opacity-0";
  document.body.append(holder);
  const onCopy = (event: ClipboardEvent) => {
    event.preventDefault();
    event.clipboardData?.setData("text/plain", text);
  };
  document.addEventListener("copy", onCopy, { once: true });
  try {
    selection.selectAllChildren(holder);
    return document.execCommand("copy");
  } finally {
    document.removeEventListener("copy", onCopy);
    selection.removeAllRanges();
    if (before !== null) selection.addRange(before);
    holder.remove();
  }
}
