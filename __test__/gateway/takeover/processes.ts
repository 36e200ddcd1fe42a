/** The processes of one project that the takeover checker starts and ends: what each does, and what they have seen. */
import { once } from "node:events";
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Application } from "../../next/application/application";
import { ordinaryEnvironment } from "../../support/environment";
import { Member } from "../../support/member";
import type { Seen } from "./model";

export const isLong = Boolean(process.env.PUSHRIG_LONG);

export const ROLES = ["next", "worker", "client", "command"] as const;
export type Role = (typeof ROLES)[number];

/** How a process ends: by itself, asked to, or without a chance. */
export const WAYS = ["exit", "SIGTERM", "SIGKILL"] as const;
export type Way = (typeof WAYS)[number];

/** Where the example says who is there, and that its first task has another title. */
export const PRESENCE = "presence-workspace-acme";
export const CHANNEL = "task-1";
export const EVENT = "task-title-update";

const PACKAGE = fileURLToPath(new URL("../../../package.json", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** Milliseconds between two events of a process. */
const PAUSE = 15;

/** What code in a process gets. */
const given = (name: string) => ({ name, presence: PRESENCE, channel: CHANNEL, event: EVENT, pause: PAUSE });

/** As Next.js starts its server. */
const REGISTER = `
  const { createRequire } = process.getBuiltinModule("node:module");
  await createRequire(given)("./dist/next.js").register();
`;

/** Joins both channels, the public one first: who is on the other one is on that, too. Tells what comes. */
const SUBSCRIBE = `
  const client = new P.MockPusherClient(undefined, { cluster: "mock-cluster", user: { id: given.name } });
  const see = (seen) => tell({ at: Date.now(), client: given.name, ...seen });
  let session;
  client.connection.bind("state_change", ({ current }) => {
    if (current === "connected" || session === undefined) return;
    see({ kind: "lost", session });
    session = undefined;
  });
  client.subscribe(given.channel).bind(given.event, ({ newTitle: event }) =>
    see({ kind: "received", session: client.connection.socket_id, event }),
  );
  await new Promise((resolve) =>
    client.subscribe(given.presence).bind("pusher:subscription_succeeded", () => {
      session = client.connection.socket_id;
      see({ kind: "subscribed", session });
      resolve();
    }),
  );
`;

/** Triggers one event after the other until it is told to stop. */
const PUBLISH = `
  const server = new P.MockPusherServer({ cluster: "mock-cluster" });
  own.isPublishing = true;
  own.published = (async () => {
    for (let count = 1; own.isPublishing; count += 1) {
      const event = given.name + " event " + count;
      tell({ kind: "asked", at: Date.now(), event });
      try {
        const { status } = await server.trigger(given.channel, given.event, { newTitle: event });
        tell({ kind: "answered", at: Date.now(), event, status });
      } catch (error) {
        tell({ kind: "failed", at: Date.now(), event, error: error.message });
      }
      await new Promise((resolve) => setTimeout(resolve, given.pause));
    }
  })();
`;

/** One process. What it has seen is there also when it has ended. */
export interface Running {
  readonly role: Role;
  /** Of its client, unlike that of any other; undefined where it has none. */
  readonly client: string | undefined;
  readonly pid: number;
  seen(): Seen[];
  output(): string;
  /** Publishes no more. */
  quiet(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  end(way: Way): Promise<void>;
}

/** Starts one, and resolves once it uses the gateway. */
export function start(role: Role, name: string, env: NodeJS.ProcessEnv): Promise<Running> {
  if (role === "command") return startCommand(env);
  // Briefly several orders run at once, and in one folder there is one `next dev`: what it does when it starts stands in for it.
  return role === "next" && isLong ? startExample(name, env) : startMember(role, name, env);
}

/** The example itself, under `next dev`, and somebody who gives its first task one title after the other. */
async function startExample(name: string, env: NodeJS.ProcessEnv): Promise<Running> {
  const { PUSHRIG_PORT, PUSHRIG_PROJECT = "" } = env;
  const circumstances = { gatewayPort: Number(PUSHRIG_PORT), variables: { PUSHRIG_PROJECT } };
  const application = await Application.dev("turbopack", circumstances);
  const { pid } = (await (await application.fetch("/api/process")).json()) as { pid: number };
  const seen: Seen[] = [];
  const stop = new AbortController();
  const publish = async (event: string): Promise<void> => {
    seen.push({ kind: "asked", at: Date.now(), event });
    try {
      const body = JSON.stringify({ title: event });
      const { status } = await application.fetch("/api/tasks/1/title", { method: "PUT", body });
      seen.push({ kind: "answered", at: Date.now(), event, status });
    } catch (error) {
      seen.push({ kind: "failed", at: Date.now(), event, error: String((error as Error).cause ?? error) });
    }
  };
  const published = (async () => {
    for (let count = 1; !stop.signal.aborted; count += 1) {
      await publish(`${name} event ${count}`);
      await sleep(PAUSE);
    }
  })();
  return {
    role: "next",
    client: undefined,
    pid,
    seen: () => seen,
    output: () => application.output.slice(0, 10_000),
    async quiet() {
      stop.abort();
      await published;
    },
    signal: (signal) => void process.kill(pid, signal),
    async end(way) {
      stop.abort();
      // By a route, to `next dev` as from whoever has started it, and to the process that has the gateway.
      if (way === "exit") await application.fetch("/api/process", { method: "DELETE" }).catch(() => {});
      else if (way === "SIGTERM") await application.end(way);
      else process.kill(pid, way);
      await application.stop();
      await published;
    },
  };
}

async function startMember(role: Role, name: string, env: NodeJS.ProcessEnv): Promise<Running> {
  const own: Record<string, NodeJS.ProcessEnv> = {
    next: { USE_MOCKS: "true", NEXT_RUNTIME: "nodejs", NODE_ENV: "development" },
    worker: { USE_MOCKS: "true", PUSHRIG_ATTACH: "1" },
    client: { USE_MOCKS: "true", PUSHRIG_ATTACH: "1" },
  };
  const member = new Member({ ...env, ...own[role] });
  if (role === "next") await member.run(REGISTER, PACKAGE);
  await member.run(SUBSCRIBE, given(name));
  if (role !== "client") await member.run(PUBLISH, given(name));
  return {
    role,
    client: name,
    pid: member.pid,
    seen: () => member.told as Seen[],
    output: () => member.output,
    async quiet() {
      await member.run(`own.isPublishing = false; await own.published`);
    },
    signal: (signal) => member.signal(signal),
    async end(way) {
      if (way === "exit") await member.run(`process.exit(3)`).catch(() => {});
      await member.end(way === "exit" ? "SIGKILL" : way);
    },
  };
}

async function startCommand(env: NodeJS.ProcessEnv): Promise<Running> {
  const child: ChildProcess = spawn(process.execPath, [COMMAND], {
    env: ordinaryEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let output = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        // Its log is long, and only its beginning says how it began.
        if (output.length < 10_000) output += text;
        if (/attached to|:\d+/.test(output)) resolve();
      });
    }
    void ended.then(() => reject(new Error(`pushrig ended:\n${output}`)));
  });
  return {
    role: "command",
    client: undefined,
    pid: child.pid ?? 0,
    seen: () => [],
    output: () => output,
    quiet: async () => {},
    signal: (signal) => void child.kill(signal),
    async end(way) {
      child.kill(way === "exit" ? "SIGINT" : way);
      await ended;
    },
  };
}
