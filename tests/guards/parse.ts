import { parseSync } from "rolldown/utils";
import type { File } from "./repository.ts";

/** One import of one file, however it is written. */
export type Import = {
  readonly specifier: string;
  /** True if it is gone at runtime: `import type`, `export type`, `import("…").T`. */
  readonly typeOnly: boolean;
};

export type Parsed = {
  readonly path: string;
  readonly imports: readonly Import[];
  /** Every identifier, with the names of members as `Math.random`. */
  readonly names: ReadonlySet<string>;
  readonly isAsync: boolean;
  readonly exportsDefault: boolean;
};

/** Reads a file with a real parser (oxc, which comes with the bundler). A file that does not parse is an error. */
export function parse(file: File): Parsed {
  const { program, module, errors } = parseSync(file.path, file.text);
  const [error] = errors;
  if (error) throw new Error(`${file.path} does not parse: ${error.message}`);

  const imports: Import[] = [];
  for (const found of module.staticImports) {
    const typeOnly = found.entries.length > 0 && found.entries.every((entry) => entry.isType);
    imports.push({ specifier: found.moduleRequest.value, typeOnly });
  }
  let exportsDefault = false;
  for (const { entries } of module.staticExports) {
    exportsDefault ||= entries.some(
      ({ exportName }) => exportName.kind === "Default" || exportName.name === "default",
    );
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) imports.push({ specifier: moduleRequest.value, typeOnly: isType });
    }
  }

  const names = new Set<string>();
  let isAsync = false;
  walk(program, (node) => {
    const specifier = dynamicImport(node) ?? siblingUrl(node);
    if (specifier) imports.push({ specifier, typeOnly: node.type === "TSImportType" });
    if (node.type === "Identifier") names.add(String(node.name));
    const member = memberName(node);
    if (member) names.add(member);
    if (node.async === true || node.type === "AwaitExpression") isAsync = true;
  });
  return { path: file.path, imports, names, isAsync, exportsDefault };
}

type Node = Record<string, unknown>;

/** `import("./x.ts")` and the type `import("./x.ts").T`. */
function dynamicImport(node: Node): string | undefined {
  if (node.type !== "ImportExpression" && node.type !== "TSImportType") return undefined;
  return literal(node.source ?? node.argument);
}

/** `new URL("./worker.ts", import.meta.url)`: how a worker's file is named. */
function siblingUrl(node: Node): string | undefined {
  if (node.type !== "NewExpression" || !isNode(node.callee) || node.callee.name !== "URL") return;
  const [path, base] = node.arguments as unknown[];
  if (!isNode(base) || !isNode(base.object) || base.object.type !== "MetaProperty") return;
  const named = literal(path);
  return named && /\.tsx?$/.test(named) ? named : undefined;
}

function memberName(node: Node): string | undefined {
  const [object, property] =
    node.type === "MemberExpression" ? [node.object, node.property] : [node.left, node.right];
  if (node.type !== "MemberExpression" && node.type !== "TSQualifiedName") return undefined;
  if (!isNode(object) || !isNode(property) || object.type !== "Identifier") return undefined;
  return `${object.name}.${property.name}`;
}

function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  const value = node.type === "TSLiteralType" ? (node.literal as Node).value : node.value;
  return typeof value === "string" ? value : undefined;
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const one of node) walk(one, visit);
  } else if (isNode(node)) {
    if (typeof node.type === "string") visit(node);
    for (const value of Object.values(node)) walk(value, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}
