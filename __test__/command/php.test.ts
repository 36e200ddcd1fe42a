// The test in PHP that docs/control.md shows. `npm run test:long -- php` runs it; it needs PHP, which it installs where it may.
import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { installPackages } from "../../scripts/debian.mjs";
import { ordinaryEnvironment } from "../support/environment";
import { Machine } from "./machine.js";
import { block, shop } from "./orders.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 600_000 });

async function run(publishes: boolean): Promise<{ code: unknown; output: string }> {
  const machine = new Machine();
  const { url: gateway } = await machine.gateway();
  const application = await shop(gateway, publishes);
  const file = join(machine.project("project"), "orders_test.php");
  writeFileSync(file, block("php", { gateway, application }).replace("5000", publishes ? "5000" : "100"));
  return new Promise((resolve) => {
    execFile("php", [file], { env: ordinaryEnvironment() }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

describe.runIf(process.env.PUSHRIG_LONG)("the test in PHP of docs/control.md", () => {
  beforeAll(async () => {
    if (spawnSync("php", ["--version"]).status !== 0) await installPackages(["php-cli"], "there is no php");
  });

  it("passes", async () => {
    expect(await run(true)).toEqual({ code: 0, output: "ok: everybody was told of the order\n" });
  });

  it("fails where the application publishes something else, and says what", async () => {
    const { code, output } = await run(false);
    expect(code).toBe(255);
    expect(output).toMatch(
      /Uncaught Exception: "created" was not triggered on "orders" within 100 ms\.\n[^]*Did you mean "craeted"/,
    );
  });
});
