/**
 * How a load process works: each line of its input is an order as JSON, and each is answered by a line of its output.
 * Between orders `idle` runs, so that connections are kept alive. It ends with its input.
 */
export async function runCommands<Order>(
  perform: (order: Order) => object,
  idle: () => void,
): Promise<never> {
  const lines: string[] = [];
  let text = "";
  process.stdin.on("data", (chunk) => {
    const parts = (text + chunk).split("\n");
    text = parts.pop() ?? "";
    lines.push(...parts);
  });
  process.stdin.on("end", () => process.exit(0));
  for (;;) {
    const line = lines.shift();
    if (line) console.log(JSON.stringify(perform(JSON.parse(line) as Order)));
    else idle();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
