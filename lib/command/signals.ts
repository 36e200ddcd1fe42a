/** What asks the process to end. */

/** The first signal that does. Further ones change nothing: a goodbye takes a second at most. */
export function stopSignal(): Promise<string> {
  // Who read the output may have gone, as in `pushrig | head`.
  process.stdout.on("error", () => process.exit(0));
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
  });
}
