/** What is shown of a long text at first. */
const LINES = 12;
const CHARACTERS = 1_200;
/** A text is cut only where that hides more than a little: these are the lines and UTF-16 units that are shown whole. */
const WHOLE_LINES = 16;
const WHOLE_CHARACTERS = 1_600;

/** The beginning of a long text, and how many lines it leaves out; null for a text that is shown whole. */
export type Preview = { readonly text: string; readonly hidden: number };

/** Cuts a long text, at the end of a line or of a word where there is one. The cost is linear in the length. */
export function previewOf(text: string): Preview | null {
  const lines = text.length > WHOLE_LINES ? text.split("\n") : [text];
  if (lines.length <= WHOLE_LINES && text.length <= WHOLE_CHARACTERS) return null;
  let shown = lines.slice(0, LINES).join("\n");
  if (shown.length > CHARACTERS) {
    const cut = shown.slice(0, CHARACTERS);
    const space = Math.max(cut.lastIndexOf(" "), cut.lastIndexOf("\n"));
    // Half of a character outside the first plane is no character.
    const whole = /[\ud800-\udbff]$/u.test(cut) ? cut.slice(0, -1) : cut;
    shown = space > CHARACTERS / 2 ? cut.slice(0, space) : whole;
  }
  return { text: shown.trimEnd(), hidden: lines.length - shown.trimEnd().split("\n").length };
}
