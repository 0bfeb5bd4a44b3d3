import type { File } from "./repository.ts";

const secrets: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  /\bAKIA[0-9A-Z]{16}\b/, // Amazon
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/, // GitHub
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/, // Slack
  /\bsk-[A-Za-z0-9_-]{20,}\b/,
  /\b[a-z]+:\/\/[^\s:@/]+:[^\s:@/$<{]{6,}@[^\s]+/, // a password in an address
];

export function exposedSecrets(files: readonly File[]): string[] {
  return files.filter(({ text }) => secrets.some((secret) => secret.test(text))).map(({ path }) => path);
}

/** A path of one machine works on no other. */
export function machinePaths(files: readonly File[]): string[] {
  const folder = new RegExp(
    `(?<![\\w/.<$}-])/(?:${["ho" + "me", "ro" + "ot", "wo" + "rk"].join("|")})(?:/|\\b)`,
  );
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, at) => (folder.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  );
}

const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const;
type Manifest = { [kind in (typeof kinds)[number]]?: Record<string, string> };

/** Dependencies that are not pinned to one version. */
export function loosePins(manifests: readonly File[]): string[] {
  return manifests.flatMap(({ path, text }) => {
    const manifest: Manifest = JSON.parse(text);
    return kinds
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${path}: ${name} is ${version}, not one exact version`);
  });
}

/** Manifests whose dependencies the lock does not repeat: `npm ci` would refuse. */
export function staleLock(manifests: readonly File[], lock: string): string[] {
  const { packages }: { packages: Record<string, Manifest> } = JSON.parse(lock);
  return manifests
    .filter(({ path, text }) => {
      const manifest: Manifest = JSON.parse(text);
      const locked = packages[path.replace(/\/?package\.json$/, "")];
      return kinds.some((kind) => sorted(manifest[kind]) !== sorted(locked?.[kind]));
    })
    .map(({ path }) => `${path} and package-lock.json differ: run npm install`);
}

function sorted(versions: Record<string, string> = {}): string {
  return JSON.stringify(Object.entries(versions).sort());
}

export function foreignLocks(paths: readonly string[]): string[] {
  return paths.filter((path) =>
    /(^|\/)(bun\.lockb?|yarn\.lock|pnpm-lock\.yaml|npm-shrinkwrap\.json)$/.test(path),
  );
}

/** Decisions whose number is another one's too, or is not that of their title: both would be found under one number. */
export function wrongDecisionNumbers(files: readonly File[]): string[] {
  const first = new Map<string, string>();
  return files.flatMap(({ path, text }) => {
    const number = /docs\/adr\/(\d{4})-/.exec(path)?.[1];
    if (number === undefined) return [];
    const other = first.get(number);
    first.set(number, other ?? path);
    if (other !== undefined) return [`${path} has the number of ${other}`];
    return text.startsWith(`# ${Number(number)}. `) ? [] : [`${path}: its title has another number`];
  });
}
