// A machine of the test's own: folders with projects, and what was written down of the gateways on it.

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { Located } from "../../lib/base/locator.js";
import { Running } from "./running.js";

export interface Said {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export class Machine {
  /** Where nobody listens: port 2 needs rights. */
  readonly env: NodeJS.ProcessEnv = { PUSHRIG_PORT: "2" };
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-machine-")));

  constructor() {
    this.env.TMPDIR = join(this.#folder, "tmp");
    mkdirSync(this.env.TMPDIR);
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** The folder of a project. */
  project(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(join(folder, ".git"), { recursive: true });
    return folder;
  }

  /** One of no project. */
  folder(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    return folder;
  }

  /** The command, in the folder of a project. */
  run(args: string[], { in: name = "project", env = {}, input }: Of = {}): Running {
    return new Running(
      args,
      { ...this.env, ...env },
      { cwd: this.project(name), ...(input !== undefined && { input }) },
    );
  }

  /** What the command has said when it has ended. */
  async says(args: string[], of: Of = {}): Promise<Said> {
    const running = this.run(args, of);
    const ended = await running.ended;
    return { ...ended, stdout: running.stdout, stderr: running.stderr };
  }

  /** A gateway that a process of a project has. */
  async gateway(name = "project", ...args: string[]): Promise<{ url: string; running: Running }> {
    const running = this.run(["--connect", "--port", "0", ...args], { in: name });
    return { url: `http://127.0.0.1:${await running.port()}`, running };
  }

  /** Writes down a gateway that is none of pushrig's. */
  writeDown(located: Pick<Located, "url" | "token"> & Partial<Located>): void {
    const folder = join(this.env.TMPDIR as string, `pushrig-${process.getuid?.()}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { pid } = process;
    const text = {
      v: 1,
      pid,
      machine: hostname(),
      since: 1,
      project: this.project("project"),
      isTest: false,
      ...located,
    };
    writeFileSync(join(folder, "made-up.json"), JSON.stringify(text), { mode: 0o600 });
  }
}

interface Of {
  in?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
}
