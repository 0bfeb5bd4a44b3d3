import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { options } from "@parley/server/config/options.ts";
import { readConfig } from "@parley/server/config/read.ts";
import { root } from "../support/server-process.ts";
import { readDockerfile } from "./dockerfile.ts";

const isText = (value: unknown) => typeof value === "string";
const isSwitch = (value: unknown) => typeof value === "boolean";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isTable = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
const isTextTable = (value: unknown) => isTable(value) && Object.values(value as object).every(isText);
/** A value that is left out is passed on from the environment, where it is set. */
const isEnvironment = (value: unknown) =>
  isTable(value) && Object.values(value as object).every((each) => each === null || isText(each));
const isNumberTable = (value: unknown) =>
  isTable(value) && Object.values(value as object).every(Number.isInteger);

/** What of compose-spec.io we use of a service, and what Compose takes there. */
const SERVICE: Readonly<Record<string, (value: unknown) => boolean>> = {
  build: (value) => value === ".",
  image: isText,
  ports: isTexts,
  environment: isEnvironment,
  volumes: isTexts,
  restart: (value) => ["no", "always", "on-failure", "unless-stopped"].includes(String(value)),
  stop_grace_period: (value) => /^(\d+h)?(\d+m)?(\d+s)?$/.test(String(value)),
  init: isSwitch,
  mem_limit: (value) => /^\d+[bkmg]$/.test(String(value)),
  ulimits: isNumberTable,
  read_only: isSwitch,
  tmpfs: isTexts,
  cap_drop: isTexts,
  security_opt: isTexts,
  logging: (value) => isTable(value) && isTextTable((value as { options: unknown }).options),
};

/** Inserts the default behind `:-`, as Compose does where the environment has no value. */
function filledIn(text: string): string {
  return text.replace(/\$\{[A-Z_]+:-([^}]*)\}/g, "$1");
}

const file = join(root, "docker-compose.yml");
const compose = Bun.YAML.parse(filledIn(readFileSync(file, "utf8"))) as {
  readonly services: { readonly parley: Readonly<Record<string, unknown>> };
  readonly volumes: Readonly<Record<string, unknown>>;
};
const { parley } = compose.services;
const image = readDockerfile(readFileSync(join(root, "Dockerfile"), "utf8")).at(-1);

/** Whether one is installed, and what it is called. */
const composer = [["docker", "compose"], ["docker-compose"]].find(
  ([program = "", ...args]) => spawnSync(program, [...args, "version"]).status === 0,
);

describe("docker-compose.yml", () => {
  test("says nothing that Compose does not take", () => {
    expect(Object.keys(compose).sort()).toEqual(["services", "volumes"]);
    expect(Object.keys(compose.services)).toEqual(["parley"]);
    const wrong = Object.entries(parley).filter(([key, value]) => SERVICE[key]?.(value) !== true);
    expect(wrong).toEqual([]);
    for (const each of Object.values(compose.volumes)) expect(isTextTable(each)).toBe(true);
  });

  // Where none is installed, the test above is all that looks.
  if (composer) {
    test("is taken by the Compose of this machine", () => {
      const [program = "", ...args] = composer;
      const command = [...args, "-f", file, "config", "-q"];
      const { status, stderr } = spawnSync(program, command, { encoding: "utf8" });
      expect(`${status} ${stderr}`).toBe("0 ");
    });
  }

  test("fits the image: its port, its volume, a user without rights, and time to end in order", () => {
    expect(parley.ports).toEqual([`8000:${image?.ports[0]}`]);
    expect(parley.volumes).toEqual([`data:${image?.volumes[0]}`]);
    expect(Object.keys(compose.volumes)).toEqual(["data"]);
    expect(Number.parseInt(String(parley.stop_grace_period), 10)).toBeGreaterThan(30);
    expect(parley).toMatchObject({
      restart: "unless-stopped",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      tmpfs: ["/tmp"],
    });
  });

  test("sets only what the server knows, to what it takes, and refuses sockets before memory ends", () => {
    const environment = parley.environment as Readonly<Record<string, string>>;
    const names: readonly string[] = options.map(({ name }) => name);
    expect(Object.keys(environment).filter((name) => !names.includes(name))).toEqual([]);
    const { maxMemory } = readConfig([], { ...image?.env, ...environment });
    expect(maxMemory).toBeGreaterThan(0);
    expect(maxMemory).toBeLessThan(1024 * Number.parseInt(String(parley.mem_limit), 10));
  });
});
