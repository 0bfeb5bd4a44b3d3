import { existsSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a proxy of this name is: named in the environment, or on the PATH; undefined if it is not installed. */
export function programOf({ name, env }: { name: string; env: string }): string | undefined {
  if (process.env[env]) return process.env[env];
  const folders = (process.env.PATH ?? "").split(delimiter).concat("/usr/sbin");
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Replaces text that must exist: a changed example fails the test. */
export function replaced(text: string, pairs: readonly (readonly [string | RegExp, string])[]): string {
  return pairs.reduce((before, [from, to]) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`the example has no ${from}`);
    return after;
  }, text);
}

/** Takes TLS out of an example for nginx, and the port from this one: a test has no certificate. */
export function withoutTls(text: string, front: number): string {
  return replaced(text, [
    ["listen 443 ssl;", `listen 127.0.0.1:${front};`],
    [/ *ssl_certificate .*\n/, ""],
    [/ *ssl_certificate_key .*\n/, ""],
  ]);
}

/** Writes nginx's own settings around these of a chat, all files in `folder`. Returns the arguments. */
export function nginxArguments(folder: string, servers: string): string[] {
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const path = join(folder, "nginx.conf");
  writeFileSync(
    path,
    `${user} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; events {}\n` +
      `http { access_log off; ${temp.join(" ")}\n${servers} }`,
  );
  return ["-e", join(folder, "error.log"), "-p", folder, "-c", path];
}
