import { expect, test } from "bun:test";
import { ConfigError, helpText, options, readConfig } from "./config.ts";

test("a flag wins over the environment, the environment over the default", () => {
  expect(readConfig([], {}).port).toBe(8000);
  expect(readConfig([], { PORT: "9000" }).port).toBe(9000);
  expect(readConfig(["--port", "9001"], { PORT: "9000" }).port).toBe(9001);
  expect(readConfig(["--port=9002"], {}).port).toBe(9002);
  expect(readConfig(["--unsafe-durability"], {}).unsafeDurability).toBe(true);
  expect(readConfig(["--data-dir", "a=b"], {}).dataDir).toBe("a=b");
});

test("what cannot be used is named, with what it takes", () => {
  const refused =
    (args: string[], env = {}) =>
    () =>
      readConfig(args, env);
  expect(refused(["--port", "70000"])).toThrow(
    new ConfigError('PORT (--port) takes a number from 0 to 65535, not "70000".'),
  );
  expect(refused(["--prot", "9000"])).toThrow("There is no option --prot. --help lists them all.");
  expect(refused(["--port"])).toThrow("--port needs a value");
  expect(refused([], { RATE_LIMITS: "maybe" })).toThrow("RATE_LIMITS (--rate-limits) takes on or off");
  expect(refused(["9000"])).toThrow("There is no option 9000");
  expect(refused([], { TRUST_PROXY: "1", TRUSTED_PROXIES: "::1" })).toThrow("TRUSTED_PROXIES or TRUST_PROXY");
  for (const bad of ["10.0.0.0/33", "proxy", "10.0.0.0/8/8"])
    expect(refused([], { TRUSTED_PROXIES: bad })).toThrow("TRUSTED_PROXIES");
  for (const bad of ["chat.example.org", "https://chat.example.org/chat", "ftp://x", "https://a b"])
    expect(refused([], { PUBLIC_URL: bad })).toThrow("without a path");
  for (const bad of ["https://a.example", "a.example:80", "a b"])
    expect(refused([], { ALLOWED_HOSTS: bad })).toThrow("ALLOWED_HOSTS");
  for (const bad of ["9464", "127.0.0.1", "127.0.0.1:99999", "::1:9464"])
    expect(refused([], { METRICS_LISTEN: bad })).toThrow("METRICS_LISTEN");
  expect(readConfig([], { METRICS_LISTEN: "[::1]:9464" }).metricsListen).toEqual({ host: "::1", port: 9464 });
  expect(readConfig([], { PUBLIC_URL: "HTTPS://Chat.Example.org:443/" }).publicOrigin).toBe(
    "https://chat.example.org",
  );
});

test("every option is in the help, with its description", () => {
  const help = helpText();
  for (const { flag, name, description } of options) {
    expect(help).toContain(flag);
    expect(help).toContain(name);
    expect(help).toContain(description);
  }
});
