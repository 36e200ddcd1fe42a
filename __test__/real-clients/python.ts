import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { python } from "../../scripts/real-clients.mjs";
import type { Hear } from "./drivers/pusher-js.js";

/** A script of `python/` that is called over pipes, see `pipe.py`. */
export class PythonProcess {
  readonly #child;
  readonly #calls = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  #errors = "";
  readonly #ended: Promise<void>;

  constructor(script: string, hear: Hear = () => {}) {
    if (!existsSync(python)) throw new Error(`there is no ${python}: npm test makes it`);
    const file = fileURLToPath(new URL(`python/${script}`, import.meta.url));
    this.#child = spawn(python, [file], { stdio: "pipe" });
    this.#child.stderr.on("data", (text: Buffer) => (this.#errors += text.toString()));
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const { heard, id, result, error } = JSON.parse(line) as Line;
      if (heard) hear(...heard);
      else if (error === undefined) this.#calls.get(id)?.resolve(result);
      else this.#calls.get(id)?.reject(new Error(error));
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", () => {
        for (const call of this.#calls.values()) call.reject(new Error(`${script} has ended:\n${this.#errors}`));
        resolve();
      });
    });
  }

  /** Calls a method of the script's; rejects with what it raised. */
  call(method: string, ...args: unknown[]): Promise<unknown> {
    const id = this.#calls.size;
    const answer = new Promise<unknown>((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#child.stdin.write(`${JSON.stringify({ id, call: method, args })}\n`);
    return answer;
  }

  async end(): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}

interface Line {
  heard?: Parameters<Hear>;
  id: number;
  result?: unknown;
  error?: string;
}
