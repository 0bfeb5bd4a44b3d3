import { isIP } from "node:net";
import { DIALECT_NAMES } from "@parley/protocol";

/** The types of settings (options.ts). */
export type OptionType =
  | "port"
  | "text"
  | "folder"
  | "switch"
  | "count"
  | "amount"
  | "seconds"
  | "level"
  | "address"
  | "hosts"
  | "networks"
  | "listen"
  | "format"
  | "origins"
  | "delay"
  | "memory"
  | "redis"
  | "database"
  | "prefix"
  | "workers"
  | "token"
  | "dialects";

/** For each type of setting: which values it takes, in words, and whether a value is one of them. */
export const CHECKS: Record<OptionType, { takes: string; test: (value: string) => boolean }> = {
  port: {
    takes: "a number from 0 to 65535",
    test: (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
  },
  text: { takes: "text", test: () => true },
  folder: { takes: "the path of a folder", test: (value) => value !== "" },
  switch: { takes: "on or off", test: (value) => value === "on" || value === "off" },
  count: { takes: "a whole number above 0", test: (value) => /^[1-9]\d{0,8}$/.test(value) },
  seconds: {
    takes: "a whole number from 5 to 240",
    test: (value) => /^\d{1,3}$/.test(value) && Number(value) >= 5 && Number(value) <= 240,
  },
  delay: {
    takes: "a whole number from 0 to 300",
    test: (value) => /^\d{1,3}$/.test(value) && Number(value) <= 300,
  },
  amount: { takes: "a whole number", test: (value) => /^\d{1,9}$/.test(value) },
  dialects: {
    takes: `${DIALECT_NAMES.join(", ")} or none, separated by commas`,
    test: (value) => listOf(value).every((name) => ["none", ...DIALECT_NAMES].includes(name)),
  },
  address: {
    takes: "an address such as https://chat.example.org, without a path",
    test: (value) => value === "" || (/^https?:\/\/[^/?#@\s]+\/?$/i.test(value) && URL.canParse(value)),
  },
  hosts: {
    takes: "names such as chat.example.org, without scheme and port, separated by commas",
    test: (value) => listOf(value).every((name) => /^(\*|[\w-]+(\.[\w-]+)*)$/.test(name)),
  },
  networks: {
    takes: "addresses and networks such as 127.0.0.1,10.0.0.0/8, separated by commas",
    test: (value) => listOf(value).every(isNetwork),
  },
  listen: {
    takes: "an address and a port such as 127.0.0.1:9464 or [::1]:9464",
    test: (value) => value === "" || listenOf(value) !== null,
  },
  origins: {
    takes:
      "origins such as https://chat.example.org (scheme, host and port, no path), separated by commas, or *",
    test: (value) => listOf(value).every(isOrigin),
  },
  workers: {
    takes: "auto or a whole number from 1 to 128",
    test: (value) =>
      value === "auto" || (/^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= 128),
  },
  memory: {
    takes: "0 or a whole number from 128",
    test: (value) => /^\d{1,9}$/.test(value) && (Number(value) === 0 || Number(value) >= 128),
  },
  redis: { takes: "an address such as redis://user:<password>@host:6379/0 or rediss://…", test: isRedisUrl },
  database: {
    takes: "an address such as postgresql://user:<password>@host:5432/parley",
    test: (value) => value === "" || (/^postgres(ql)?:\/\//i.test(value) && URL.canParse(value)),
  },
  prefix: {
    takes: "1 to 64 letters, digits and . _ : -",
    test: (value) => /^[A-Za-z0-9._:-]{1,64}$/.test(value),
  },
  // A request cannot carry a token with a space.
  token: { takes: "a token without spaces", test: (value) => /^\S*$/.test(value) },
  format: { takes: "json or text", test: (value) => value === "json" || value === "text" },
  level: {
    takes: "debug, info, warn, error or silent",
    test: (value) => /^(debug|info|warn|error|silent)$/.test(value),
  },
};

/** What a browser may send as `Origin`, and the words for all and none. Apps and extensions have other schemes. */
function isOrigin(entry: string): boolean {
  if (["*", "none", "null"].includes(entry)) return true;
  if (!/^https?:/i.test(entry)) return /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+$/.test(entry);
  return URL.canParse(entry) && new URL(entry).origin === entry;
}

function isRedisUrl(value: string): boolean {
  if (value === "") return true;
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, pathname, search, hash } = new URL(value);
  if (!["redis:", "rediss:"].includes(protocol) || hostname === "") return false;
  return /^\/?\d{0,4}$/.test(pathname) && search === "" && hash === "";
}

/** The entries of a list that is separated by commas. */
export function listOf(value: string): string[] {
  return value
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);
}

function isNetwork(text: string): boolean {
  const [address = "", bits = "0", ...rest] = text.split("/");
  const maxBits = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= maxBits;
}

/** An address and a port; null for an empty or invalid value. */
export function listenOf(value: string): { readonly host: string; readonly port: number } | null {
  const [, host = "", port = ""] = /^(\[[\da-f:.]+\]|[^:]+):(\d{1,5})$/i.exec(value) ?? [];
  if (host === "" || Number(port) > 65_535) return null;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
