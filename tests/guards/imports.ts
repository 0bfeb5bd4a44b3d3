import { basename, dirname, join } from "node:path/posix";
import { type Room, roomOf } from "./import-table.ts";
import { type Import, type Parsed, parse } from "./parse.ts";
import { type File, isTrial } from "./repository.ts";

/** Where an import leads: to a file of ours, or out of the repository. */
export type Edge = Import & { readonly from: string } & (
    | { readonly to: string }
    | { readonly package: string }
  );

export type Workspace = {
  readonly folder: string;
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
};

export type Graph = { readonly files: readonly Parsed[]; readonly edges: readonly Edge[] };

export function readGraph(files: readonly File[], workspaces: readonly Workspace[]): Graph {
  const parsed = files.map(parse);
  const edges = parsed.flatMap(({ path, imports }) =>
    imports.map((found): Edge => {
      const to = resolve(path, found.specifier, workspaces);
      return {
        ...found,
        from: path,
        ...(to === undefined ? { package: packageOf(found.specifier) } : { to }),
      };
    }),
  );
  return { files: parsed, edges };
}

/** The path of one of our files, or undefined for anything that is not ours. */
function resolve(from: string, specifier: string, workspaces: readonly Workspace[]): string | undefined {
  if (specifier.startsWith(".")) return join(dirname(from), specifier);
  for (const { name, folder, exports } of workspaces) {
    if (specifier !== name && !specifier.startsWith(`${name}/`)) continue;
    const subpath = `.${specifier.slice(name.length)}`;
    for (const [key, target] of Object.entries(exports)) {
      if (key === subpath) return join(folder, target);
      if (key === "./*") return join(folder, target.replace("*", subpath.slice(2)));
    }
    return join(folder, subpath);
  }
  return undefined;
}

function packageOf(specifier: string): string {
  if (/^(\/|(node|bun):)/.test(specifier)) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Edges that the table of ARCHITECTURE.md does not allow, each as a sentence. */
export function forbiddenImports({ files, edges }: Graph, rooms: readonly Room[]): string[] {
  const homeless = files
    .filter(({ path }) => !isTrial(path) && !roomOf(rooms, path))
    .map(({ path }) => `${path} is in no row of the import table`);
  const wrong = edges.flatMap((edge) => {
    const room = roomOf(rooms, edge.from);
    if (!room || isTrial(edge.from)) return [];
    if ("package" in edge) {
      return allowsPackage(room, edge.package)
        ? []
        : [`${edge.from}: ${room.name} may not use ${edge.package}`];
    }
    if (edge.specifier.startsWith(".") && edge.to.split("/")[0] !== edge.from.split("/")[0]) {
      return [`${edge.from}: ${edge.specifier} leaves the workspace; name it by its package`];
    }
    const target = roomOf(rooms, edge.to);
    if (target === room || allows(room.mayImport, edge, target)) return [];
    if (allows(room.typesOnly, edge, target)) {
      return edge.typeOnly ? [] : [`${edge.from}: only types of ${edge.specifier}, so write import type`];
    }
    return [`${edge.from}: ${room.name} may not import ${edge.specifier} (${target?.name ?? "no room"})`];
  });
  return [...homeless, ...wrong];
}

function allows(items: readonly string[], edge: Edge & { readonly to: string }, target: Room | undefined) {
  return items.some(
    (item) => item === "*" || item === target?.name || [edge.specifier, edge.to].includes(item),
  );
}

function allowsPackage(room: Room, name: string): boolean {
  if (name === "bun" || name.startsWith("bun:")) return true; // foreignBun judges these
  return room.packages.some(
    (item) => item === "*" || item === name || (item === "node:*" && /^node:/.test(name)),
  );
}

/** Packages that a workspace uses and does not declare. npm's hoisting would hide it until the day it does not. */
export function undeclaredPackages({ edges }: Graph, workspaces: readonly Workspace[]): string[] {
  return edges.flatMap((edge) => {
    const own = workspaces.find(({ folder }) => edge.from.startsWith(`${folder}/`));
    if (!own || edge.specifier.startsWith(".") || /^(node|bun):|^bun$/.test(edge.specifier)) return [];
    const name = packageOf(edge.specifier);
    // Types alone may come from a package of types.
    return own.packages.includes(name) || own.packages.includes(`@types/${name}`) || name === own.name
      ? []
      : [`${edge.from}: ${name} is missing in ${own.folder}/package.json`];
  });
}

/** Uses of the runtime's own API outside the files that ARCHITECTURE.md names for it. */
export function foreignBun({ files, edges }: Graph, allowed: readonly string[]): string[] {
  const users = new Set(files.filter(({ names }) => names.has("Bun")).map(({ path }) => path));
  for (const edge of edges) if ("package" in edge && /^bun(:|$)/.test(edge.package)) users.add(edge.from);
  return [...users]
    .filter((path) => !isTrial(path) && !allowed.includes(path))
    .map((path) => `${path} uses Bun's own API and is not in the list of ARCHITECTURE.md`);
}

/** Engines named outside of `entries` (files, or folders with a slash at the end), their own siblings and tests. */
export function namedEngines(
  { edges }: Graph,
  engines: readonly string[],
  entries: readonly string[],
): string[] {
  // An engine is a file that begins with its name, or all of a folder that has it.
  const engineOf = (path: string) =>
    engines.find((engine) => engine === /^[^-.]+/.exec(basename(path))?.[0] || path.includes(`/${engine}/`));
  const isEntry = (path: string) =>
    entries.some((entry) => (entry.endsWith("/") ? path.startsWith(entry) : path === entry));
  return edges.flatMap((edge) => {
    if (!("to" in edge) || isTrial(edge.from) || isEntry(edge.from)) return [];
    const engine = edge.to.startsWith("server/src/") ? engineOf(edge.to) : undefined;
    const sibling = engineOf(edge.from) === engine;
    return engine && !sibling ? [`${edge.from} names the engine ${edge.to}`] : [];
  });
}

/** Cycles between files, types counted too: a -> b -> a. */
export function cycles({ files, edges }: Graph): string[] {
  const next = new Map<string, string[]>(files.map(({ path }) => [path, []]));
  for (const edge of edges) {
    if ("to" in edge && next.has(edge.to) && edge.to !== edge.from) next.get(edge.from)?.push(edge.to);
  }
  const done = new Set<string>();
  const found = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.add([...trail.slice(trail.indexOf(path)), path].join(" -> "));
      return;
    }
    if (done.has(path)) return;
    for (const to of next.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of next.keys()) visit(path, []);
  return [...found];
}

/** How `from` reaches a package at runtime, or undefined. Types do not count: they are gone by then. */
export function reaches({ edges }: Graph, from: string, name: string): string | undefined {
  const seen = new Set([from]);
  const queue = [[from]];
  for (let trail = queue.shift(); trail; trail = queue.shift()) {
    for (const edge of edges) {
      if (edge.from !== trail.at(-1) || edge.typeOnly) continue;
      if ("package" in edge && edge.package === name) return [...trail, name].join(" -> ");
      if (!("to" in edge) || seen.has(edge.to)) continue;
      seen.add(edge.to);
      queue.push([...trail, edge.to]);
    }
  }
  return undefined;
}
