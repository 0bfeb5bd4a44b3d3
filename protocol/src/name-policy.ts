/** What a server needs to check names. A separate entry, so that no page loads the table of look-alikes. */
export * from "./name-rules.ts";
export * from "./skeleton.ts";
