import { groupBy, type History, only, type Violation, violation } from "./history.ts";

/** I15: a timeline shows messages in the order of seq, none twice, and each as the store's log has left it. */
export function i15(history: History): Violation[] {
  const log = groupBy(history.store.events, ({ feed }) => feed);
  return only(history, "shown").flatMap(({ client, room, state, items }) => {
    const found: Violation[] = [];
    const say = (text: string) => found.push(violation(history, "I15", `${client} shows ${room}: ${text}`));
    if (state !== "ready") say(`nothing, it is ${state}`);
    const sent = items.filter(({ seq }) => seq !== null);
    for (const [index, { seq }] of sent.entries()) {
      const before = sent[index - 1]?.seq;
      if (before != null && seq !== null && seq <= before) say(`#${seq} after #${before}`);
    }
    for (const [nonce, { length }] of groupBy(items, ({ nonce }) => nonce)) {
      if (length > 1) say(`nonce ${nonce} ${length} times`);
    }
    for (const { nonce, state } of items)
      if (state === "pending") say(`nonce ${nonce} as pending, after healing`);
    const { texts, gone } = outcome(log.get(room) ?? []);
    for (const { id, seq, text, deleted } of sent) {
      if (id === null || (!texts.has(id) && !gone.has(id)))
        say(`#${seq} (event ${id}), which the store has not`);
      else if (deleted !== gone.has(id)) say(`#${seq} (event ${id}) ${deleted ? "deleted" : "not deleted"}`);
      else if (!deleted && texts.get(id) !== text) say(`#${seq} as '${text}', not '${texts.get(id)}'`);
    }
    return found;
  });
}

/** The texts of messages after all edits, and which are deleted. */
function outcome(events: History["store"]["events"]): { texts: Map<string, string>; gone: Set<string> } {
  const texts = new Map<string, string>();
  const gone = new Set<string>();
  for (const { kind, id, text, message } of [...events].sort((a, b) => a.seq - b.seq)) {
    if (kind === "message_sent") texts.set(id, text);
    if (kind === "message_edited" && message) texts.set(message, text);
    if (kind === "message_deleted" && message) gone.add(message);
  }
  return { texts, gone };
}
