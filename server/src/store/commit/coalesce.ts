/**
 * Makes one call of many: what is asked while a call is on its way goes with the next. `run` answers each item, in order;
 * when it rejects, so do all that went with it.
 */
export function coalesce<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (items: readonly Item[]) => Promise<readonly Answer[]> {
  type Ask = {
    readonly items: readonly Item[];
    readonly resolve: (answers: readonly Answer[]) => void;
    readonly reject: (error: unknown) => void;
  };
  let waiting: Ask[] = [];
  let running = false;

  const next = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const asks = waiting;
      waiting = [];
      try {
        const answers = await run(asks.flatMap(({ items }) => items));
        let from = 0;
        for (const { items, resolve } of asks) {
          resolve(answers.slice(from, from + items.length));
          from += items.length;
        }
      } catch (error) {
        for (const { reject } of asks) reject(error);
      }
    }
    running = false;
  };

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      if (!running) void next();
    });
}
