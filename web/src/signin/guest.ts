const KEY = "parley.guest";

/** Who this browser is. `known` is false until the server has taken token and name once. */
export type StoredGuest = { readonly token: string; readonly name: string; readonly known: boolean };

/** What was kept, or null: nothing kept, not ours, or the browser keeps nothing. */
export function readGuest(storage: Storage | null): StoredGuest | null {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? "null");
    return isGuest(value) ? value : null;
  } catch {
    return null;
  }
}

/** Keeps the guest. Where the browser keeps nothing, the guest lives as long as the page. */
export function keepGuest(storage: Storage | null, guest: StoredGuest): void {
  try {
    storage?.setItem(KEY, JSON.stringify(guest));
  } catch {
    // Full or forbidden.
  }
}

/** Everything that the page and the SDK keep begins with `parley`. With the token the name is lost for good. */
export function forgetGuest(storage: Storage | null): void {
  if (storage === null) return;
  try {
    for (const key of Object.keys(storage)) if (key.startsWith("parley")) storage.removeItem(key);
  } catch {
    // What cannot be reached was not kept either.
  }
}

function isGuest(value: unknown): value is StoredGuest {
  if (typeof value !== "object" || value === null) return false;
  const { token, name, known } = value as Partial<Record<keyof StoredGuest, unknown>>;
  return typeof token === "string" && typeof name === "string" && typeof known === "boolean";
}
