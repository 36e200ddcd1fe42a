import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, vi } from "vitest";
import { freePort } from "../../scripts/free-port.mjs";
import { ordinaryEnvironment } from "./environment";

const SCRIPT = fileURLToPath(new URL("../gateway/fixtures/member.cjs", import.meta.url));

// A test of several processes begins with starting them, for which a busy machine has needed 28 seconds.
vi.setConfig({ testTimeout: 120_000 });

interface Answer {
  id?: number;
  value?: unknown;
  error?: { name: string; message: string; cause?: string };
  told?: unknown;
}

/** Processes of one project on one port, which ends with the test: `atEnd` is the test's own `onTestFinished` where several run at once. */
export async function project(
  atEnd: (act: () => Promise<void>) => void = onTestFinished,
): Promise<{ folder: string; port: number; member(env?: NodeJS.ProcessEnv): Member }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-project-")));
  const port = await freePort();
  const members: Member[] = [];
  atEnd(async () => {
    await Promise.all(members.map((member) => member.end("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  });
  const member = (env: NodeJS.ProcessEnv = {}): Member => {
    const one = new Member({ PUSHRIG_PROJECT: folder, PUSHRIG_PORT: String(port), ...env });
    members.push(one);
    return one;
  };
  return { folder, port, member };
}

/** A process in which tests run code: the package is `P`, and `own` keeps what later code finds. */
export class Member {
  output = "";
  /** What code in it has told with `tell()`. */
  readonly told: unknown[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #waiting: Array<() => void> = [];
  #count = 0;

  constructor(env: NodeJS.ProcessEnv) {
    const child = fork(SCRIPT, { env: ordinaryEnvironment(env), stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
        this.#look();
      });
    }
    child.on("message", (answer: Answer) => {
      if (answer.id === undefined) this.told.push(answer.told);
      else this.#asked.get(answer.id)?.(answer);
      this.#look();
    });
    this.#ended = new Promise((resolve) => child.on("exit", resolve));
    void this.#ended.then(() => {
      for (const answer of this.#asked.values()) answer({ error: { name: "Error", message: `ended: ${this.output}` } });
      this.#look();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The body of an async function `(P, own, given, tell, require)`; paths begin at the package. */
  async run<T = unknown>(code: string, given?: unknown): Promise<T> {
    this.#count += 1;
    const id = this.#count;
    const answer = await new Promise<Answer>((resolve) => {
      this.#asked.set(id, resolve);
      this.#child.send({ id, code, given }, (error) => {
        if (error !== null) resolve({ error: { name: error.name, message: error.message } });
      });
    });
    this.#asked.delete(id);
    if (answer.error === undefined) return answer.value as T;
    throw Object.assign(new Error(answer.error.message), answer.error);
  }

  /** Resolves once something is so that this process has printed or told. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`ended: ${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async says(text: string): Promise<void> {
    await this.until(() => this.output.includes(text));
  }

  /** Its exit code once it has ended by itself; null where a signal has ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  #look(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
