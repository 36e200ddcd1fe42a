import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { ordinaryEnvironment } from "../support/environment";

export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** The `pushrig` command in a process of its own. */
export class Running {
  stdout = "";
  stderr = "";
  /** The process has gone and its output was read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** The process has gone. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #waiting: Array<() => void> = [];

  /** @param input what it reads from standard input; undefined: nothing */
  constructor(args: string[], env: NodeJS.ProcessEnv = {}, { cwd, input }: { cwd?: string; input?: string } = {}) {
    this.#child = spawn(process.execPath, [CLI, ...args], {
      env: ordinaryEnvironment(env),
      stdio: ["pipe", "pipe", "pipe"],
      cwd,
    });
    // It may end without having read.
    this.#child.stdin.on("error", () => {}).end(input);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#look();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#look();
    });
    this.exited = new Promise((resolve) => this.#child.on("exit", (code, signal) => resolve({ code, signal })));
    this.ended = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        resolve({ code, signal });
        this.#look();
      });
    });
    onTestFinished(() => void this.#child.kill("SIGKILL"));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Reads no more, as `pushrig | head`. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  /** Reads nothing for a while, as a terminal that was stopped or a pager. */
  stall(): void {
    this.#child.stdout.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#child.stdout.resume();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** What `pattern` found in the output, once it is there. Fails when the process ends without it. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    let isOver = false;
    void this.ended.then(() => (isOver = true));
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      if (isOver) throw new Error(`ended without ${pattern}:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The port, once it listens. */
  async port(): Promise<number> {
    const [, port] = await this.shows(/https?:\/\/[^\s"]+:(\d+)/);
    return Number(port);
  }

  #look(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Starts the command on a free port. */
export function start(...args: string[]): Running {
  return new Running(["--port", "0", ...args]);
}
