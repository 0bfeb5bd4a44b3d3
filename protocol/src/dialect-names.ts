/** The dialects that a server may speak, as the setting DIALECTS names them. */
export const DIALECT_NAMES = ["lobby", "rooms", "chat"] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];
