import { browserPlatform, type Platform } from "./platform.ts";

/**
 * A new guest's token: 256 random bits as base64url, 43 characters. It is the guest's only proof of who they are, so it
 * is kept before its first use.
 *
 * @example
 * const token = localStorage.getItem("token") ?? newToken();
 * localStorage.setItem("token", token);
 */
export function newToken(platform: Pick<Platform, "randomBytes"> = browserPlatform()): string {
  const binary = String.fromCharCode(...platform.randomBytes(32));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
