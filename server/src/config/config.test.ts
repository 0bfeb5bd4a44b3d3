import { expect, test } from "bun:test";
import { helpText, options } from "./options.ts";
import { ConfigError, configWarnings, readConfig } from "./read.ts";

test("a flag takes precedence over the environment, the environment over the default", () => {
  expect(readConfig([], {}).port).toBe(8000);
  expect(readConfig([], { PORT: "9000" }).port).toBe(9000);
  expect(readConfig(["--port", "9001"], { PORT: "9000" }).port).toBe(9001);
  expect(readConfig(["--port=9002"], {}).port).toBe(9002);
  expect(readConfig(["--unsafe-durability"], {}).unsafeDurability).toBe(true);
  expect(readConfig(["--data-dir", "a=b"], {}).dataDir).toBe("a=b");
});

test("an invalid setting is rejected by its name, with the values that it takes", () => {
  const rejected =
    (args: string[], env = {}) =>
    () =>
      readConfig(args, env);
  expect(rejected(["--port", "70000"])).toThrow(
    new ConfigError('PORT (--port) takes a number from 0 to 65535, not "70000".'),
  );
  expect(rejected(["--prot", "9000"])).toThrow("There is no option --prot. --help lists them all.");
  expect(rejected(["--port"])).toThrow("--port needs a value");
  expect(rejected([], { RATE_LIMITS: "maybe" })).toThrow("RATE_LIMITS (--rate-limits) takes on or off");
  expect(rejected(["9000"])).toThrow("There is no option 9000");
  expect(rejected([], { TRUST_PROXY: "1", TRUSTED_PROXIES: "::1" })).toThrow(
    "TRUSTED_PROXIES or TRUST_PROXY",
  );
  for (const bad of ["10.0.0.0/33", "proxy", "10.0.0.0/8/8"])
    expect(rejected([], { TRUSTED_PROXIES: bad })).toThrow("TRUSTED_PROXIES");
  for (const bad of ["chat.example.org", "https://chat.example.org/chat", "ftp://x", "https://a b"])
    expect(rejected([], { PUBLIC_URL: bad })).toThrow("without a path");
  for (const bad of ["https://a.example", "a.example:80", "a b"])
    expect(rejected([], { ALLOWED_HOSTS: bad })).toThrow("ALLOWED_HOSTS");
  for (const bad of ["9464", "127.0.0.1", "127.0.0.1:99999", "::1:9464"])
    expect(rejected([], { METRICS_LISTEN: bad })).toThrow("METRICS_LISTEN");
  expect(readConfig([], { METRICS_LISTEN: "[::1]:9464" }).metricsListen).toEqual({ host: "::1", port: 9464 });
  expect(readConfig([], { PUBLIC_URL: "HTTPS://Chat.Example.org:443/" }).publicOrigin).toBe(
    "https://chat.example.org",
  );
});

test.each([
  ["chat.example.org"],
  ["https://chat.example.org/"],
  ["https://chat.example.org/chat"],
  ["https://Chat.example.org"],
  ["https://chat.example.org:443"],
  ["https://"],
  ["https://a.example https://b.example"],
])("%s is not an origin and is rejected", (origin) => {
  for (const flag of ["--allowed-origins", "--dialect-origins"]) {
    expect(() => readConfig([flag, origin], {})).toThrow("takes origins such as https://chat.example.org");
  }
});

test("the origins that browsers send are accepted", () => {
  const origins = ["https://chat.example.org", "http://localhost:5173", "capacitor://localhost", "null", "*"];
  expect(readConfig(["--allowed-origins", origins.join(", ")], {}).allowedOrigins).toEqual(origins);
  expect(readConfig([], { DIALECT_ORIGINS: "none" }).dialectOrigins).toEqual(["none"]);
});

test("a memory limit that an idle server exceeds is rejected", () => {
  expect(() => readConfig([], { MAX_MEMORY: "5" })).toThrow("takes 0 or a whole number from 128");
  expect(readConfig([], { MAX_MEMORY: "128" }).maxMemory).toBe(128);
  expect(readConfig([], { MAX_MEMORY: "0" }).maxMemory).toBe(0);
});

test("dialects are rejected when they are set and guests are off", () => {
  expect(() => readConfig([], { GUESTS: "off", DIALECTS: "lobby" })).toThrow(
    "Set DIALECTS=none, or GUESTS=on.",
  );
  expect(readConfig([], { GUESTS: "off" }).guests).toBe(false);
  expect(readConfig([], { GUESTS: "off", DIALECTS: "none" }).dialects).toEqual([]);
});

test("an empty metrics token causes a warning, an invalid one is rejected and not repeated", () => {
  const warnings = (env: Record<string, string>) => configWarnings(readConfig([], env), env);
  expect(warnings({ METRICS_TOKEN: "" })).toEqual([
    expect.stringContaining("METRICS_TOKEN is set and empty"),
  ]);
  expect(warnings({})).toEqual([]);
  expect(warnings({ METRICS_TOKEN: "a-token" })).toEqual([]);
  expect(warnings({ METRICS_TOKEN: "", METRICS: "off" })).toEqual([]);
  expect(() => readConfig([], { METRICS_TOKEN: "my secret" })).toThrow(/^((?!my secret).)*$/);
});

test("every option is in the help, with its description", () => {
  const help = helpText();
  for (const { flag, name, description } of options) {
    expect(help).toContain(flag);
    expect(help).toContain(name);
    expect(help).toContain(description);
  }
});
