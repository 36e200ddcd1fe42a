// pusher-js's own log: `Pusher.log` when set, else the console when `Pusher.logToConsole` is true. Not to be confused
// with the mock's verbose log (`DEBUG=pushrig`).

type Sink = (message: string) => void;

let custom: Sink | undefined;
let toConsole = false;

/** Takes over the two statics. pusher-js's Node build does so only when a client is constructed. */
export function configureLogger(log: Sink | undefined, logToConsole: boolean): void {
  custom = log;
  toConsole = logToConsole;
}

/** Whether a message would go anywhere: the hot path skips making it otherwise. */
export function isLogging(): boolean {
  return Boolean(custom) || toConsole;
}

export const logger = {
  debug(...parts: unknown[]): void {
    write("log", parts);
  },
  warn(...parts: unknown[]): void {
    write("warn", parts);
  },
  error(...parts: unknown[]): void {
    write("error", parts);
  },
};

function write(level: "log" | "warn" | "error", parts: unknown[]): void {
  if (!custom && !toConsole) return;
  // The empty slot between two separators is in every line that pusher-js 8.6.0 writes.
  const message = `Pusher :  : ${stringify(parts)}`;
  if (custom) custom(message);
  else console[level](message);
}

function stringify(parts: unknown[]): string {
  try {
    return JSON.stringify(parts);
  } catch {
    return JSON.stringify(withoutCycles(parts, []));
  }
}

function withoutCycles(value: unknown, parents: object[]): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (parents.includes(value)) return "[circular]";
  const path = [...parents, value];
  if (Array.isArray(value)) return value.map((item) => withoutCycles(item, path));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutCycles(item, path)]));
}
