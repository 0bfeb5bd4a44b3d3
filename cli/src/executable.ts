/**
 * The entry of the single executable: what can be typed after `parley`. Without a verb it serves, so that somebody who
 * has only the file has a server.
 */
const [first = ""] = process.argv.slice(2);
const isOption = first === "" || first.startsWith("-");
if (isOption && first !== "--help" && first !== "--version") process.argv.splice(2, 0, "serve");

await import("./main.ts");
