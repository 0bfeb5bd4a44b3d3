/**
 * The entry of the single executable: the subcommands of `parley`. Without a subcommand it runs the server, so that the
 * file alone is enough to run one.
 */
const [first = ""] = process.argv.slice(2);
const isOption = first === "" || first.startsWith("-");
if (isOption && first !== "--help" && first !== "--version") process.argv.splice(2, 0, "serve");

await import("./main.ts");
