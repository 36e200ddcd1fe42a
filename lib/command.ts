/** The `pushrig` command: a gateway as a server for development. */

import { type CommandOptions, HELP, UsageError, commandOptions } from "./command-options.js";
import { type Activity, type Gateway, listenOn } from "./gateway.js";
import { JsonReporter, PlainReporter, type Reporter } from "./reporters.js";
import { createRig } from "./rig.js";

/** Runs the command, until a signal ends it. Resolves to the exit code: 1 when it cannot listen, 2 for bad options. */
export async function command(args: string[]): Promise<number> {
  try {
    const options = commandOptions(args);
    if (options === "help") process.stdout.write(HELP);
    else if (options === "version") console.log(version());
    else return await serve(options);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`pushrig: ${error.message}\nRun pushrig --help for the options.`);
    return 2;
  }
}

async function serve(options: CommandOptions): Promise<number> {
  const { host, port, wsPath, messagesPerSecond } = options;
  const [first, ...apps] = options.apps;
  const reporter: Reporter = options.json ? new JsonReporter(options) : new PlainReporter(options, version());
  const onActivity = (activity: Activity): void => reporter.note(activity);
  const signal = stopSignal();
  let gateway: Gateway;
  try {
    gateway = await listenOn(createRig(first), { host, port, wsPath, apps, messagesPerSecond, onActivity });
  } catch (error) {
    console.error(await whyNot(error as Error, options));
    return 1;
  }
  reporter.listening(gateway);
  reporter.stopping(await signal);
  // Code 4100 lets clients come back after a second: most likely the server is about to be started again.
  await gateway.close({ code: 4100 });
  reporter.stopped();
  return 0;
}

/** The first signal that asks the process to end. Further ones change nothing: a goodbye takes a second at most. */
function stopSignal(): Promise<string> {
  // Who read the output may have gone, as in `pushrig | head`.
  process.stdout.on("error", () => process.exit(0));
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve(signal));
  });
}

/** Why the gateway could not listen. When the port is taken, by whom. */
async function whyNot({ message }: Error, { host, port }: CommandOptions): Promise<string> {
  if (!message.includes("is in use")) return `${message}. Choose another with --host and --port.`;
  const [holder, fix] = await holderOf(host, port);
  const another = port === 65_535 ? 0 : port + 1;
  return (
    `pushrig: port ${port} on ${host} is taken by ${holder}. ${fix} or choose another port: ` +
    `pushrig --port ${another} (0 takes any free one).`
  );
}

async function holderOf(host: string, port: number): Promise<[holder: string, fix: string]> {
  const fix = `Stop it${process.platform === "win32" ? "" : ` (lsof -i :${port} shows which it is)`}`;
  try {
    const name = host.includes(":") ? `[${host}]` : host;
    const answer = await fetch(`http://${name}:${port}/health`, { signal: AbortSignal.timeout(1000) });
    const health = (await answer.json().catch(() => ({}))) as { version?: unknown; connections?: unknown };
    if (typeof health.version === "string" && typeof health.connections === "number") {
      return [
        `another pushrig gateway (version ${health.version}, ${health.connections} connected)`,
        "Use that one, stop it",
      ];
    }
    return ["another HTTP server", fix];
  } catch {
    return ["another program", fix];
  }
}

function version(): string {
  return (require("../package.json") as { version: string }).version;
}
