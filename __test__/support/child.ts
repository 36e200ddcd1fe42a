import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ordinaryEnvironment } from "./environment";

export interface Ended {
  /** The exit code; null when a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A process that is still there after this many milliseconds hangs. */
const PATIENCE = 60_000;

/**
 * Runs a fixture script in a process of its own until it ends by itself. It is an ordinary process. One that hangs is killed: its `signal` is set.
 *
 * @param base the test's `import.meta.url`
 */
export function run(
  script: string,
  base: string,
  { flags = [], args = [], patience = PATIENCE }: { flags?: string[]; args?: string[]; patience?: number } = {},
) {
  const env = ordinaryEnvironment();
  const file = fileURLToPath(new URL(`fixtures/${script}`, base));
  return new Promise<Ended>((resolve) => {
    const options = { env, timeout: patience, killSignal: "SIGKILL" } as const;
    const child = execFile(process.execPath, [...flags, file, ...args], options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
  });
}

/** What the script printed, one JSON value on each line; fails when it did not end well. */
export async function results(...call: Parameters<typeof run>): Promise<any[]> {
  const { code, signal, stdout, stderr } = await run(...call);
  if (code !== 0) throw new Error(`${call[0]} ended with ${signal ?? code}:\n${stdout}${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
