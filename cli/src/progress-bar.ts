import type { CliContext } from "./subcommand.ts";

/** Characters of a full bar. */
const WIDTH = 30;
/** How often a line is written where standard error is no terminal. Milliseconds. */
const NOTE_INTERVAL = 10_000;

/** Shows progress: as a bar on a terminal, else as a line each 10 s. */
export function progressBar(
  what: string,
  { show, note, now }: CliContext,
): (done: number, total: number) => void {
  let last = -1;
  let noted = now();
  return (done, total) => {
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const percent = Math.floor(100 * share);
    if (percent === last) return;
    last = percent;
    if (note === null) {
      const full = Math.floor(WIDTH * share);
      show(`${what} [${"#".repeat(full)}${".".repeat(WIDTH - full)}] ${percent} %`);
    } else if (now() - noted >= NOTE_INTERVAL) {
      noted = now();
      note(`${what}: ${percent} %`);
    }
  };
}
