import { notify } from "./notices.ts";

/** Copies a text. The clipboard is only there on https and localhost; without it the reader is told, and gets false. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    notify("This browser does not let the page copy. Select the text and copy it.");
    return false;
  }
}
