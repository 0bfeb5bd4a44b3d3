/** What was typed and not sent, by room, as long as the page lives. */
const drafts = new Map<string, string>();

export function readDraft(room: string): string {
  return drafts.get(room) ?? "";
}

export function keepDraft(room: string, text: string): void {
  if (text === "") drafts.delete(room);
  else drafts.set(room, text);
}

/** For signing out: the next guest shall not find them. */
export function dropDrafts(): void {
  drafts.clear();
}
