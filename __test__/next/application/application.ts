// The example as a running application, in every way that Next.js can run it.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../scripts/free-port.mjs";
import { ordinaryEnvironment } from "../../support/environment";

export type Bundler = "turbopack" | "webpack";

/** The copy of the example that the tests may write to. */
export const folder = fileURLToPath(new URL("../../../.cache/nextjs", import.meta.url));

/** One address of each route; the method does not matter. */
const ROUTES = [
  "/api/chat/message",
  "/api/chat/messages/1",
  "/api/chat/response",
  "/api/edge",
  "/api/gateway",
  "/api/pusher/auth",
  "/api/tasks",
  "/api/tasks/1/messages",
  "/api/tasks/1/title",
];

/** The command of Next.js, as a project has installed it. */
const nextIn = (cwd: string) => join(cwd, "node_modules/next/dist/bin/next");
const next = nextIn(folder);

export const environment = (variables: Record<string, string> = {}) =>
  ordinaryEnvironment({ NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1", ...variables });

/** Runs `next build` in a project. Answers what it printed. */
export async function buildIn(cwd: string, bundler: Bundler, variables: Record<string, string>): Promise<string> {
  rmSync(join(cwd, ".next"), { recursive: true, force: true });
  const building = start([nextIn(cwd), "build", `--${bundler}`], cwd, variables);
  const [code] = await once(building.process, "close");
  if (code !== 0) throw new Error(`next build --${bundler} ended with ${code}:\n${building.output()}`);
  return building.output();
}

/** Builds the example; bundles for the browser then know the gateway's port. Answers what was printed. */
export async function build(bundler: Bundler, gatewayPort: number): Promise<string> {
  const output = await buildIn(folder, bundler, { PUSHRIG_PORT: String(gatewayPort), NEXT_OUTPUT: "standalone" });
  // As the documentation of Next.js says: what a CDN usually serves is copied by hand.
  cpSync(join(folder, ".next/static"), join(folder, ".next/standalone/.next/static"), { recursive: true });
  return output;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, "SIGKILL");
}

interface Running {
  process: ChildProcess;
  output: () => string;
}

function start(words: string[], cwd: string, variables: Record<string, string>): Running {
  const child = spawn(process.execPath, words, {
    cwd,
    env: environment(variables),
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that no worker of Next.js outlives it.
    detached: true,
  });
  // Also when the tests end before they have stopped it.
  const kill = () => killGroup(child);
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more) => (text += more));
  return { process: child, output: () => text };
}

export interface Circumstances {
  gatewayPort: number;
  /** The project. */
  cwd?: string;
  /** Of the environment, besides those of `.env.local`. */
  variables?: Record<string, string>;
  /** The certificate that it serves pages with; without one it serves them over http. */
  certificate?: { cert: string; key: string };
  /** A folder for its database, removed when it stops. */
  data?: string;
}

const temporaryFolder = () => mkdtempSync(join(tmpdir(), "pushrig-nextjs-"));

export class Application {
  readonly url: string;
  readonly #running: Running;
  readonly #data: string;

  private constructor(url: string, running: Running, data: string) {
    this.url = url;
    this.#running = running;
    this.#data = data;
  }

  /** Starts a server with an empty database, and waits until it answers. */
  static async start(words: string[], circumstances: Circumstances) {
    const { gatewayPort, cwd = folder, variables = {}, certificate, data = temporaryFolder() } = circumstances;
    const port = String(await freePort());
    const running = start(words, cwd, {
      PORT: port,
      HOSTNAME: "localhost",
      PUSHRIG_PORT: String(gatewayPort),
      DATABASE_FILE: join(data, "workspace.db"),
      ...variables,
    });
    const scheme = certificate === undefined ? "http" : "https";
    const application = new Application(`${scheme}://localhost:${port}`, running, data);
    await application.#isUp();
    return application;
  }

  static dev(bundler: Bundler, circumstances: Circumstances) {
    const { certificate } = circumstances;
    const words = [next, "dev", `--${bundler}`, "--hostname=localhost"];
    if (certificate !== undefined) {
      const { cert, key } = certificate;
      words.push("--experimental-https", "--experimental-https-cert", cert, "--experimental-https-key", key);
    }
    return Application.start(words, circumstances);
  }

  /** What was built last. */
  static production(gatewayPort: number) {
    return Application.start([next, "start", "--hostname=localhost"], { gatewayPort });
  }

  /** What was built last in another project, which has its own packages. */
  static async productionIn(cwd: string, variables: Record<string, string>) {
    const circumstances = { gatewayPort: await freePort(), cwd, variables };
    return Application.start([nextIn(cwd), "start", "--hostname=localhost"], circumstances);
  }

  /** What was built last, moved to where nothing is installed and no `.env.local` was copied to. */
  static standalone(gatewayPort: number) {
    const data = temporaryFolder();
    const cwd = join(data, "standalone");
    cpSync(join(folder, ".next/standalone"), cwd, { recursive: true });
    return Application.start(["server.js"], { gatewayPort, cwd, data });
  }

  /** Has the development server compile every route now: webpack may reload a page when it compiles another one. */
  async compile(): Promise<void> {
    for (const path of ROUTES) await this.fetch(path);
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#running.output();
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  /** Tells the command of Next.js to end, and waits until all of it has. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const { process: child } = this.#running;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
  }

  async stop(): Promise<void> {
    const { process: child } = this.#running;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    killGroup(child);
    if (!hasEnded) await once(child, "close");
    rmSync(this.#data, { recursive: true, force: true });
  }

  async #isUp(): Promise<void> {
    const { process: child } = this.#running;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the application ended with ${child.exitCode}:\n${this.output}`);
      const answer = await this.fetch("/").catch(() => undefined);
      if (answer?.ok) return;
      if (answer !== undefined) {
        await this.stop();
        throw new Error(`the application answers ${answer.status}:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Rewrites a source file of the application; the answer undoes it. */
export function edit(file: string, change: (source: string) => string): () => void {
  const path = join(folder, file);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`nothing changes in ${file}`);
  writeFileSync(path, after);
  return () => writeFileSync(path, before);
}
