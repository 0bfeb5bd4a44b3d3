import { token } from "./frames.ts";

/**
 * The token in a text that is a frame of the native protocol, or null. Only `hello` carries one; any object with a `type`
 * and a well-formed `token` counts, so that a later frame with a token does, too. Texts without the field are not parsed.
 */
export function tokenInFrame(text: string): string | null {
  if (!text.includes('"token"')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("type" in value) || !("token" in value)) return null;
  const parsed = token.safeParse(value.token);
  return typeof value.type === "string" && parsed.success ? parsed.data : null;
}
