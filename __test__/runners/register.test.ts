import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { ordinaryEnvironment } from "../support/environment";
import { EXPECTED, makeProject } from "./project";

const register = fileURLToPath(new URL("../../dist/register.js", import.meta.url));

/** Runs a program in a project with the hooks, and answers what it printed. */
async function run(files: Record<string, string>, args: string[], options: Parameters<typeof makeProject>[0] = {}) {
  const project = makeProject({ ...options, files });
  onTestFinished(() => project.remove());
  // The programs below use the mock by its name too.
  mkdirSync(project.path("node_modules"), { recursive: true });
  symlinkSync(fileURLToPath(new URL("../..", import.meta.url)), project.path("node_modules/pushrig"));
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: project.root,
    env: ordinaryEnvironment(),
  });
  return stdout.replaceAll(`${project.root}/`, "");
}

const story = `
  const heard = [];
  new Client("key", { cluster: "eu" }).subscribe("room").bind("hello", (data) => heard.push(data));
  await new Server({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
  console.log(JSON.stringify(heard));
`;

/** Triggers on the second of its lines, and tells whose line an assertion names for it. */
const failing = `const server = new Server({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
await server.trigger("room", "hello", { n: 1 });
const { notTriggered } = await import("pushrig/assert");
const { channel } = await import("pushrig");
try {
  notTriggered(channel("room"), "hello");
} catch ({ message }) {
  console.log(/hello .*?  (\\S+:\\d+:\\d+)/.exec(message)?.[1] ?? message);
}
`;

describe("node --test without pushrig/register", () => {
  it("knows the application's lines too", async () => {
    const output = await run({ "room.test.mjs": `import { MockPusherServer as Server } from "pushrig";\n${failing}` }, [
      "--test",
      "--test-reporter=tap",
    ]);
    expect(output).toContain("# room.test.mjs:3:14\n");
  });
});

describe("a program that is no test", () => {
  it("does not look for lines", async () => {
    const output = await run({ "app.mjs": `import { MockPusherServer as Server } from "pushrig";\n${failing}` }, [
      "app.mjs",
    ]);
    expect(output).not.toContain("app.mjs:");
  });
});

describe.each([
  ["--import", register],
  ["--require", register],
])("node %s pushrig/register", (option, file) => {
  it("takes a require for what it ends at", async () => {
    const asked = EXPECTED.map(([specifier]) => specifier);
    const output = await run(
      { "src/app.js": `console.log(JSON.stringify(${JSON.stringify(asked)}.map((name) => require.resolve(name))));` },
      [option, file, "src/app.js"],
    );
    const found = (JSON.parse(output) as string[]).map((path) => path.replace(/^.*(?=shims\/)/, ""));
    expect(asked.map((name, index) => [name, found[index]])).toEqual(EXPECTED);
  });

  it("takes an import for what it ends at", async () => {
    const asked = EXPECTED.map(([specifier]) => specifier).filter((name) => !name.endsWith(".json"));
    const output = await run(
      {
        "src/app.mjs": `
          import { MockPusherClient, MockPusherServer } from "pushrig";
          const named = new Map([[MockPusherServer, "shims/pusher.js"], [MockPusherClient, "shims/pusher-js.js"]]);
          for (const name of ${JSON.stringify(asked)}) {
            const module = (await import(name)).default;
            console.log(JSON.stringify([name, named.get(module) ?? module]));
          }`,
      },
      [option, file, "src/app.mjs"],
    );
    const targets = new Map([
      ["pusher-js-mock", "another"],
      ["./pusher/updateChannel.js", "own"],
    ]);
    const found = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(found).toEqual(asked.map((name) => [name, targets.get(name) ?? new Map(EXPECTED).get(name)]));
  });

  it("needs no installed package, and fails as before for others", async () => {
    const output = await run(
      {
        "app.mjs": `
          import Server from "pusher"; import Client from "pusher-js/with-encryption"; ${story}
          for (const name of ["pusher-js/package.json", "react"]) await import(name).catch(({ code }) => console.log(name, code));`,
      },
      [option, file, "app.mjs"],
      { missing: ["pusher", "pusher-js"] },
    );
    expect(output).toBe('[{"n":1}]\npusher-js/package.json ERR_MODULE_NOT_FOUND\nreact ERR_MODULE_NOT_FOUND\n');
  });

  it("serves node --test, and workers of the program", async () => {
    const output = await run(
      {
        "room.test.mjs": `
          import assert from "node:assert/strict"; import { test } from "node:test"; import { Worker } from "node:worker_threads";
          import { pusherMockState } from "pushrig"; import Server from "pusher";
          test("hears", async () => {
            await new Server({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
            assert.equal(pusherMockState.getChannelMessages("room").length, 1);
          });
          test("in a worker", async () => {
            const worker = new Worker(new URL("worker.mjs", import.meta.url));
            assert.equal(await new Promise((resolve) => worker.once("message", resolve)), true);
          });`,
        "worker.mjs": `import Server from "pusher"; import { MockPusherServer } from "pushrig"; import { parentPort } from "node:worker_threads"; parentPort.postMessage(Server === MockPusherServer);`,
      },
      [option, file, "--test", "--test-reporter=tap"],
    );
    expect(output).toContain("# pass 2");
  });

  it("knows the application's lines", async () => {
    const output = await run({ "src/app.mjs": `import Server from "pusher";\n${failing}` }, [
      option,
      file,
      "src/app.mjs",
    ]);
    expect(output).toBe("src/app.mjs:3:14\n");
  });
});
