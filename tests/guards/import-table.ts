/** What ARCHITECTURE.md says about imports, read from its tables. */
export type Room = {
  readonly name: string;
  /** Files, or folders with a slash at the end. */
  readonly where: readonly string[];
  /** Names of rooms, `*` for all, or one specifier or path in backticks. */
  readonly mayImport: readonly string[];
  /** As `mayImport`, for `import type` alone. */
  readonly typesOnly: readonly string[];
  /** npm packages and `node:` modules; `*` for all. */
  readonly packages: readonly string[];
};

/** The rows between `<!-- imports:begin -->` and `<!-- imports:end -->`. */
export function readRooms(architecture: string): Room[] {
  const rooms = rows(marked(architecture, "imports")).map(([name = "", where, imports, types, packages]) => ({
    name,
    where: list(where),
    mayImport: list(imports),
    typesOnly: list(types),
    packages: list(packages),
  }));
  if (rooms.length === 0) throw new Error("ARCHITECTURE.md: the import table has no rows");
  return rooms;
}

/** The first words in backticks of each line between the markers `<name>:begin` and `<name>:end`. */
export function readList(architecture: string, name: string): string[] {
  return marked(architecture, name)
    .split("\n")
    .flatMap((line) => /`([^`]+)`/.exec(line)?.[1] ?? []);
}

/** The room of a file: the row whose `where` names it most closely. */
export function roomOf(rooms: readonly Room[], path: string): Room | undefined {
  let best: { room: Room; length: number } | undefined;
  for (const room of rooms) {
    for (const where of room.where) {
      const fits = where.endsWith("/") ? path.startsWith(where) : path === where;
      if (fits && where.length > (best?.length ?? 0)) best = { room, length: where.length };
    }
  }
  return best?.room;
}

function marked(text: string, name: string): string {
  const begin = `<!-- ${name}:begin -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(`<!-- ${name}:end -->`);
  if (from < 0 || to < from) throw new Error(`ARCHITECTURE.md: no part is marked with ${begin}`);
  return text.slice(from + begin.length, to);
}

/** The cells of a Markdown table, without its head. */
function rows(table: string): string[][] {
  const lines = table.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function list(cell = ""): string[] {
  return cell
    .split(",")
    .map((item) => item.trim().replaceAll("`", ""))
    .filter((item) => item !== "" && item !== "–");
}
