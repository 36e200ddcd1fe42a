/** `pushrig` by itself: a gateway as a server for development. */

import { native } from "../native/addon.js";
import { type CommandOptions, UsageError } from "../options/command.js";
import type { Meeting } from "../gateway/attaching.js";
import { type Gateway, randomToken } from "../gateway/gateway.js";
import { listenHere, meetOn } from "../gateway/listening.js";
import { nameProcess } from "../base/process-name.js";
import { admissionFromEnvironment } from "../options/admission.js";
import type { Activity } from "../options/listen.js";
import { tellOfOwners } from "./owner-log.js";
import { bound } from "./output.js";
import { JsonReporter, PlainReporter, type Reporter } from "./reporters.js";
import { stopSignal } from "./signals.js";
import { createRig } from "../app/rigs.js";
import { answerControlRoutes } from "../control/on-demand.js";

/** Listens until a signal ends it. Resolves to the exit code: 1 when it cannot listen. Throws a UsageError for bad options. */
export async function serve(options: CommandOptions): Promise<number> {
  const { host, port, isPortNamed, wsPath, origins, tls, messagesPerSecond, acceptsAnyKey } = options;
  const [{ webhooks, ...first }, ...apps] = options.apps;
  const reporter: Reporter = options.json ? new JsonReporter(options) : new PlainReporter(options, native.version());
  const onActivity = (activity: Activity): void => reporter.note(activity);
  bound(process.stderr, (lost) => `pushrig: ${lost.toLocaleString("en")} line(s) left out: nobody read them`);
  const signal = stopSignal();
  nameProcess("npx pushrig");
  let gateway: Gateway | Meeting;
  try {
    const rig = createRig(first, "pushrig", { acceptsAnyKey });
    // Nobody can look at it.
    rig.configure({ historyLimit: 0 });
    const token = options.token ?? admissionFromEnvironment().token ?? randomToken();
    const admission = { origins, token, ...(tls && { tls }) };
    // Also of the gateways of apps that are made by route.
    answerControlRoutes();
    const listening = {
      host,
      ...(isPortNamed && { port }),
      wsPath,
      apps,
      ...admission,
      messagesPerSecond,
      webhooks,
      onActivity,
    };
    const say = (text: string): void => reporter.say(text);
    gateway =
      port === 0
        ? await listenHere(rig, listening)
        : await meetOn(rig, { options: { ...listening, attach: true }, first, by: "npx pushrig", say });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(error.message.replace(/^pushrig: /, ""));
    console.error(await whyNot(error as NodeJS.ErrnoException, options));
    return 1;
  }
  const own = "own" in gateway ? gateway.own : gateway;
  if (own !== undefined) reporter.listening(own);
  gateway.onRole(() => {
    if ("own" in gateway && gateway.own !== undefined) reporter.listening(gateway.own);
  });
  const left = new AbortController();
  if ("own" in gateway) void tellOfOwners(gateway, reporter, left.signal);
  reporter.stopping(await signal);
  left.abort();
  // Code 4100 lets clients come back after a second: most likely the server is about to be started again.
  await gateway.close({ code: 4100 });
  reporter.stopped();
  // What nobody reads keeps no process.
  if (!(await reporter.end())) process.exit(0);
  return 0;
}

/** Why the gateway could not listen. When the port is taken, by whom. */
async function whyNot({ code, message }: NodeJS.ErrnoException, { host, port }: CommandOptions): Promise<string> {
  if (code !== "EADDRINUSE") return message;
  const another = port === 65_535 ? 0 : port + 1;
  return (
    `pushrig: port ${port} on ${host} is taken by ${await holderOf(host, port)}, or choose another port: ` +
    `pushrig --port ${another} (0 takes any free one).`
  );
}

async function holderOf(host: string, port: number): Promise<string> {
  const stopIt = `Stop it${process.platform === "win32" ? "" : ` (lsof -i :${port} shows which it is)`}`;
  try {
    const name = host.includes(":") ? `[${host}]` : host;
    const answer = await fetch(`http://${name}:${port}/health`, { signal: AbortSignal.timeout(5000) });
    const health = (await answer.json().catch(() => ({}))) as { name?: string; version?: string; pid?: number };
    return health.name === "pushrig"
      ? `another pushrig gateway (version ${health.version}, process ${health.pid}). Use that one, stop it`
      : `another HTTP server. ${stopIt}`;
  } catch {
    return `another program. ${stopIt}`;
  }
}
