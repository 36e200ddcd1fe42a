import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { freePort } from "../../../scripts/free-port.mjs";
import { environment } from "./application";

const demo = `import("./scripts/example.mjs").then(async ({ demo }) => {
  process.exitCode = await demo(".cache/nextjs");
})`;

it("shows the example until Ctrl-C, and ends well", async () => {
  const child = spawn(process.execPath, ["--eval", demo], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env: environment({ CI: "true", PORT: String(await freePort()), PUSHRIG_PORT: String(await freePort()) }),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  const address = await vi.waitUntil(() => /pushrig: open (\S+)/.exec(output)?.[1], { timeout: 30_000 });
  expect(await (await fetch(address)).text()).toContain("Acme board");
  await expect.poll(() => output).toContain("pushrig: the gateway for browsers listens");

  child.kill("SIGINT");

  expect(await ended).toEqual([0, null]);
});
