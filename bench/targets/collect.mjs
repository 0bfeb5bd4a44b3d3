// Loaded before a server whose memory is measured, in Bun and in Node (with --expose-gc): SIGUSR2 collects all garbage,
// so that what is left is what the connections hold.

process.on("SIGUSR2", () => {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else globalThis.gc?.();
});
