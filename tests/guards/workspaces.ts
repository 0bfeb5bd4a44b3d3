import type { Workspace } from "./imports.ts";
import { paths, read } from "./repository.ts";

type Manifest = {
  name: string;
  exports?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
};

/** The workspaces as their own package.json files describe them; the root's is that of the scripts. */
export function workspaces(): Workspace[] {
  return paths()
    .filter((path) => /^([a-z]+\/)?package\.json$/.test(path))
    .map((path) => {
      const manifest: Manifest = JSON.parse(read(path).text);
      return {
        folder: path === "package.json" ? "scripts" : path.slice(0, path.indexOf("/")),
        name: manifest.name,
        exports: manifest.exports ?? {},
        packages: Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
      };
    });
}
