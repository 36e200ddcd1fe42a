// The tests in the shell and in Python that docs/control.md shows, as somebody runs them who has copied them.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { ordinaryEnvironment } from "../support/environment";
import { Machine } from "./machine.js";
import { block, shop } from "./orders.js";
import { CLI } from "./running.js";

vi.setConfig({ testTimeout: 120_000 });

interface Ran {
  code: number | string | null | undefined;
  output: string;
}

/** Writes a block down in a project that has the package, and runs it. */
async function run(language: string, program: string, file: string, publishes: boolean): Promise<Ran> {
  const machine = new Machine();
  const { url: gateway } = await machine.gateway();
  const application = await shop(gateway, publishes);
  const folder = machine.project("project");
  mkdirSync(join(folder, "node_modules", ".bin"), { recursive: true });
  const bin = `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`;
  writeFileSync(join(folder, "node_modules", ".bin", "pushrig"), bin, { mode: 0o755 });
  // A test that waits for nothing need not wait for long.
  const code = block(language, { gateway, application });
  writeFileSync(
    join(folder, file),
    publishes ? code : code.replace("--timeout 5s", "--timeout 100ms").replace("5000", "100"),
  );
  const env = ordinaryEnvironment({ ...machine.env, no_proxy: "127.0.0.1", npm_config_offline: "true" });
  return new Promise((resolve) => {
    execFile(program, [file], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

const python = process.platform === "win32" ? "python" : "python3";

it.each([
  ["bash", "sh", "orders.test.sh", /^\{"accepted":true\}\{"total":12\}\nok: everybody was told of the order\n$/],
  ["python", python, "test_orders.py", /^Ran 1 test in .*\n\nOK\n/m],
])("the test in %s of docs/control.md passes", async (language, program, file, expected) => {
  const { code, output } = await run(language, program, file, true);
  expect([code, output]).toEqual([0, expect.stringMatching(expected)]);
});

it.each([
  ["bash", "sh", "orders.test.sh"],
  ["python", python, "test_orders.py"],
])(
  "the test in %s fails where the application publishes something else, and says what",
  async (language, program, file) => {
    const { code, output } = await run(language, program, file, false);
    expect(code).toBe(1);
    expect(output).toMatch(/"created".* was not triggered on "orders" within 100 ms\.\n[^]*Did you mean "craeted"/);
  },
);
