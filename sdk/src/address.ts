import { ParleyError } from "./base/errors.ts";

/**
 * The address of a server with a slash at its end, from what a caller gave: `http` or `https`, a host, perhaps a path that a
 * proxy puts in front. Throws ParleyError `bad_url` for anything that no server could answer at.
 */
export function serverAddress(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw badUrl(url, "It is not an absolute URL: it begins with http:// or https://.");
  }
  const { protocol, username, password, search, hash, pathname } = parsed;
  if (protocol !== "http:" && protocol !== "https:") throw badUrl(url, "It begins with http:// or https://.");
  if (username !== "" || password !== "") throw badUrl(url, "It holds no user and no password.");
  if (search !== "" || hash !== "") throw badUrl(url, "It ends with its path: no ? and no #.");
  if (/\/(ws|api(\/.*)?)\/?$/.test(pathname)) {
    throw badUrl(url, "It is the address of the server, without /ws and without /api: the SDK adds them.");
  }
  return url.endsWith("/") ? url : `${url}/`;
}

function badUrl(url: string, why: string): ParleyError {
  // It may contain a password.
  const shown = url.replace(/\/\/[^/@]*@/, "//…@");
  return new ParleyError("bad_url", `"${shown}" cannot be the address of a server. ${why}`);
}
