// The copy of examples/testing that is run.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ordinaryEnvironment } from "../../support/environment";

export const folder = fileURLToPath(new URL("../../../.cache/testing", import.meta.url));

export interface TestCase {
  title: string;
  status: string;
  failureMessages: string[];
}

/** Runs a program of the example's own packages in it. Answers what it printed, and its exit code. */
export function run(program: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const words = [join(folder, "node_modules", program), ...args];
    const options = { cwd: folder, env: ordinaryEnvironment({ NO_COLOR: "1" }), maxBuffer: 2 ** 26 };
    const child = execFile(process.execPath, words, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr });
    });
  });
}

/** Runs its tests. Answers what became of each, and what was printed besides. */
export async function vitest(...args: string[]): Promise<{ tests: TestCase[]; output: string }> {
  const report = join(folder, "report.json");
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { output } = await run("vitest/vitest.mjs", "run", ...reporters, ...args);
  if (!existsSync(report)) throw new Error(`no report:\n${output}`);
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    testResults: Array<{ message: string; assertionResults: TestCase[] }>;
  };
  const broken = testResults.filter(({ message }) => message !== "");
  if (broken.length > 0)
    throw new Error(`files failed:\n${broken.map(({ message }) => message).join("\n")}\n${output}`);
  return { tests: testResults.flatMap(({ assertionResults }) => assertionResults), output };
}
