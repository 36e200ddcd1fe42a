import { execFile } from "node:child_process";
import { expect, it } from "vitest";
import { environment, folder } from "./application";

it.each(["forks", "threads"])("runs the application's own Vitest tests in the pool %s", async (pool) => {
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    const words = ["node_modules/vitest/vitest.mjs", "run", `--pool=${pool}`];
    const child = execFile(process.execPath, words, { cwd: folder, env: environment() }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, output: stdout + stderr });
    });
  });
  expect(output).toMatch(/Tests.* 10 passed/);
  expect(code).toBe(0);
});
