/** The zod schemas: the wire's one source of truth. The server validates with them, documents are made from them. */
export * from "./commands.ts";
export * from "./events.ts";
export * from "./fields.ts";
export * from "./frames.ts";
export * from "./rest.ts";
export { emoji, name, text } from "./text.ts";
export * from "./token-frame.ts";
