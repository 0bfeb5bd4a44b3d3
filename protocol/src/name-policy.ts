/** What a server needs to decide about names. Apart from the rest, so that no page carries the table of look-alikes. */
export * from "./name-rules.ts";
export * from "./skeleton.ts";
