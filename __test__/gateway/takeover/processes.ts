/** The processes of one project that the takeover checker starts and ends: what each does, and what they have seen. */
import { once } from "node:events";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ordinaryEnvironment } from "../../support/environment";
import { Member } from "../../support/member";
import type { Seen } from "./model";

export const ROLES = ["next", "worker", "client", "command"] as const;
export type Role = (typeof ROLES)[number];

/** How a process ends: by itself, asked to, or without a chance. */
export const WAYS = ["exit", "SIGTERM", "SIGKILL"] as const;
export type Way = (typeof WAYS)[number];

export const CHANNEL = "presence-room";

const PACKAGE = fileURLToPath(new URL("../../../package.json", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** As Next.js starts its server. */
const REGISTER = `
  const { createRequire } = process.getBuiltinModule("node:module");
  await createRequire(given)("./dist/next.js").register();
`;

/** Joins the presence channel, and tells what comes. */
const SUBSCRIBE = `
  const client = new P.MockPusherClient(undefined, { cluster: "mock-cluster", user: { id: given.name } });
  const see = (seen) => tell({ at: Date.now(), client: given.name, ...seen });
  let session;
  client.connection.bind("state_change", ({ current }) => {
    if (current === "connected" || session === undefined) return;
    see({ kind: "lost", session });
    session = undefined;
  });
  const channel = client.subscribe(given.channel);
  channel.bind("tick", (event) => see({ kind: "received", session: client.connection.socket_id, event }));
  await new Promise((resolve) =>
    channel.bind("pusher:subscription_succeeded", () => {
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
        const { status } = await server.trigger(given.channel, "tick", event);
        tell({ kind: "answered", at: Date.now(), event, status });
      } catch (error) {
        tell({ kind: "failed", at: Date.now(), event, error: error.message });
      }
      await new Promise((resolve) => setTimeout(resolve, given.pause));
    }
  })();
`;

/** Milliseconds between two events of a process. */
const PAUSE = 15;

/** One process. What it has seen is there also when it has ended. */
export interface Running {
  readonly role: Role;
  /** Of its client, unlike that of any other; undefined for the command, which has none. */
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
  return role === "command" ? startCommand(env) : startMember(role, name, env);
}

async function startMember(role: Role, name: string, env: NodeJS.ProcessEnv): Promise<Running> {
  const own: Record<string, NodeJS.ProcessEnv> = {
    next: { USE_MOCKS: "true", NEXT_RUNTIME: "nodejs", NODE_ENV: "development" },
    worker: { USE_MOCKS: "true", PUSHRIG_ATTACH: "1" },
    client: { USE_MOCKS: "true", PUSHRIG_ATTACH: "1" },
  };
  const member = new Member({ ...env, ...own[role] });
  if (role === "next") await member.run(REGISTER, PACKAGE);
  const given = { name, channel: CHANNEL, pause: PAUSE };
  await member.run(SUBSCRIBE, given);
  if (role !== "client") await member.run(PUBLISH, given);
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
