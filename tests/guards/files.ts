import { basename } from "node:path/posix";
import { parse } from "./parse.ts";
import type { File } from "./repository.ts";

/** Files that may be longer, each with the reason. */
export const longFiles: Readonly<Record<string, string>> = {};

const mostLines = 400;
const code = /\.(ts|tsx|js|mjs|css|html|sh|yml)$/;
/** Names that say nothing about what is inside. */
const empty = /(^|[-.])(utils?|helpers?|misc|common|managers?|services?)([-.]|$)/;

export function tooLong(files: readonly File[], allowed: Readonly<Record<string, string>>): string[] {
  return files
    .filter(({ path, text }) => code.test(path) && !(path in allowed) && lines(text) > mostLines)
    .map(({ path, text }) => `${path} has ${lines(text)} lines; cut it along what it does`);
}

function lines(text: string): number {
  return text.split("\n").length - 1;
}

/** What a program looks for under this name. */
const given = ["Dockerfile"];

/** Folders and files are kebab-case; documents of the root and of a workspace may be in capitals. */
export function badNames(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const wrong = path
      .split("/")
      .find((name) => !isKebab(name) && !given.includes(name) && !/^[A-Z]+(-[A-Z]+)*(\.md)?$/.test(name));
    if (wrong) return [`${path}: ${wrong} is not kebab-case`];
    const vague = path.split("/").find((name) => empty.test(name));
    return vague ? [`${path}: ${vague} does not say what it is`] : [];
  });
}

function isKebab(name: string): boolean {
  return /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(name);
}

/** Only a tool's config file exports by default, because the tool asks for it. */
export function defaultExports(files: readonly File[]): string[] {
  return files
    .filter((file) => !/\.config\.ts$/.test(file.path) && parse(file).exportsDefault)
    .map(({ path }) => `${path} has a default export; give it a name`);
}

/** Notes of unfinished work. They belong into an issue. */
export function openEnds(files: readonly File[]): string[] {
  const note = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X"].join("|")})\\b`);
  return find(files, (line) => note.test(line)).map((where) => `${where}: finish it or write an issue`);
}

/** `.only` never stays; `.skip` and `.todo` need a comment with the reason, on their line or the one above. */
export function silencedTests(files: readonly File[]): string[] {
  const call = /\b(?:test|it|describe)\.(only|skip|todo)\b/;
  return find(
    files.filter(({ path }) => /\.(test|contract)\.tsx?$/.test(path)),
    (line, above) => {
      const found = call.exec(line);
      return found !== null && (found[1] === "only" || !/\/[/*]/.test(line + above));
    },
  ).map((where) => `${where}: a test is left out without a reason`);
}

function find(files: readonly File[], is: (line: string, above: string) => boolean): string[] {
  return files.flatMap(({ path, text }) => {
    const all = text.split("\n");
    return all.flatMap((line, at) => (is(line, all[at - 1] ?? "") ? [`${path}:${at + 1}`] : []));
  });
}

/** What rules must not touch: anything that answers differently the next time, or on another machine. */
const impure = [
  "Date",
  "Math.random",
  "performance",
  "crypto",
  "process",
  "globalThis",
  "Promise",
  "setTimeout",
  "fetch",
  "console",
  "Intl",
  "localeCompare",
  "toLocaleLowerCase",
  "toLocaleUpperCase",
];

export function impurities(files: readonly File[]): string[] {
  return files.flatMap((file) => {
    const { names, isAsync } = parse(file);
    return [
      ...impure.filter((name) => names.has(name)).map((name) => `${file.path} uses ${name}`),
      ...(isAsync ? [`${file.path} is asynchronous`] : []),
    ];
  });
}

export const isPure = (path: string) =>
  path.startsWith("server/src/core/") && path.endsWith(".ts") && !basename(path).includes(".test.");
