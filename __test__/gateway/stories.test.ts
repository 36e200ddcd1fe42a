// The stories of docs/processes.md, by real processes.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ordinaryEnvironment } from "../support/environment";
import { project } from "../support/member";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The code block of the document that has these words in it. */
function block(words: string): string {
  const text = readFileSync(join(root, "docs/processes.md"), "utf8");
  const found = [...text.matchAll(/^```js\n(.*?)^```$/gms)]
    .map(([, code]) => code)
    .filter((code) => code.includes(words));
  expect(found).toHaveLength(1);
  return found[0];
}

/** Runs a module in a folder that has the package. Resolves with what it printed, once it has ended by itself. */
function program(
  folder: string,
  code: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  try {
    symlinkSync(root, join(folder, "node_modules/pushrig"), "dir");
  } catch {
    // Another program of the test has made it.
  }
  const file = join(folder, `program-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, code);
  const child = spawn(process.execPath, [file], { cwd: folder, env: ordinaryEnvironment(env) });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((resolve) => child.on("close", (exitCode) => resolve({ code: exitCode, output })));
}

it.concurrent.for([true, false])(
  "has the events of a worker in the process that serves pages (which comes first: %s)",
  async (isFirst, { onTestFinished }) => {
    const { folder, port, member } = await project(onTestFinished);
    const env = { PUSHRIG_PROJECT: folder, PUSHRIG_PORT: String(port) };
    const pages = member();
    if (isFirst) await pages.run(`own.gateway = await P.listen({ attach: true })`);
    const worker = isFirst ? undefined : member({ PUSHRIG_ATTACH: "1" });
    // As a worker that has been there for long.
    await worker?.run(`await new P.MockPusherServer({ cluster: "mock-cluster" }).trigger("other", "event", {})`);
    const role = isFirst ? "owner" : await pages.run(`return (own.gateway = await P.listen({ attach: true })).role`);
    expect(role).toBe(isFirst ? "owner" : "attached");
    await pages.run(`
    const client = new P.MockPusherClient(undefined, { cluster: "mock-cluster" });
    const channel = client.subscribe("task-123");
    channel.bind("new-message", tell);
    await new Promise((resolve) => channel.bind("pusher:subscription_succeeded", resolve));
  `);
    const ended = await program(folder, block("// worker.mjs"), { ...env, PUSHRIG_ATTACH: "1" });
    expect(ended).toMatchObject({ code: 0 });
    await pages.until(() => pages.told.length > 0);
    expect(pages.told).toEqual([{ messageId: "msg-123" }]);
  },
);

it.concurrent.for([
  ["ends", ""],
  ["calls process.exit()", "process.exit(0);"],
])(
  "tells a worker that is not attached and %s right after its trigger() that nobody has heard it",
  async ([, end], { onTestFinished }) => {
    const { folder, port, member } = await project(onTestFinished);
    const owner = member();
    await owner.run(`own.gateway = await P.listen({ attach: true })`);
    const { output } = await program(folder, `${block("// worker.mjs")}\n${end}`, {
      PUSHRIG_PROJECT: folder,
      PUSHRIG_PORT: String(port),
    });
    expect(output).toContain(
      `pushrig: nobody in this process has heard "new-message" on "task-123", and process ${owner.pid} has a gateway of the same project`,
    );
    expect(output.match(/This is said once/g)).toHaveLength(1);
  },
);

it.concurrent("asks from a process that is attached, as the guide does", async ({ onTestFinished }) => {
  const { folder, port, member } = await project(onTestFinished);
  const owner = member();
  await owner.run(`own.gateway = await P.listen({ attach: true })`);
  await owner.run(`await new P.MockPusherServer({ cluster: "mock-cluster" }).trigger("task-123", "new-message", {})`);
  const { output } = await program(folder, block("onRole"), { PUSHRIG_PROJECT: folder, PUSHRIG_PORT: String(port) });
  expect(output).toContain('attached: Nobody was subscribed to "task-123" when "new-message" went out');
});
