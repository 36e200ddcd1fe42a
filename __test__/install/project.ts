import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ordinaryEnvironment } from "../support/environment";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const npmCli = join(execFileSync("npm", ["root", "--global"], { encoding: "utf8" }).trim(), "npm", "bin", "npm-cli.js");

/** A stranger's shell knows nothing of this checkout, nor of what runs its tests. */
const environment = ordinaryEnvironment();

/** A folder of somebody who does not have this repository. */
export class Project {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-stranger-")));
  readonly #node: string;
  readonly #registry: string;

  /** @param node the Node that runs everything, npm included */
  constructor(node: string, registry: string) {
    this.#node = node;
    this.#registry = registry;
    this.write("package.json", '{ "name": "stranger", "private": true }');
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Runs npm with words as somebody would type them. Throws when it fails. */
  async npm(words: string): Promise<void> {
    const options = ["--no-audit", "--no-fund", `--registry=${this.#registry}`, `--cache=${this.path(".npm")}`];
    const { code, stdout, stderr } = await this.run(npmCli, ...words.split(" "), ...options);
    if (code !== 0) throw new Error(`npm ${words} failed:\n${stdout}${stderr}`);
  }

  /** Runs Node in the project. */
  run(...args: string[]): Promise<Ended> {
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env: environment, timeout: 120_000, killSignal: "SIGKILL" as const };
      const child = execFile(this.#node, args, options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  }
}
