import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let application: string;

/** An application that shares one module with its server, with pushrig as npm would install it. */
const source = `
  import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";
  export const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
  export const connect = () => new MockPusherClient("key", { cluster: "eu" });
  export { pusherMockState };
`;

beforeAll(() => {
  application = mkdtempSync(join(tmpdir(), "pushrig-bundle-"));
  mkdirSync(join(application, "node_modules"));
  symlinkSync(root, join(application, "node_modules", "pushrig"), "dir");
  writeFileSync(join(application, "main.js"), source);
  writeFileSync(join(application, "required.cjs"), `module.exports = require("pushrig");`);
});
afterAll(() => rmSync(application, { recursive: true }));

const addon = /\.node\b|binding\.js|\bnode:/;

async function bundled(input: string, conditionNames: string[]): Promise<string> {
  const bundle = await rolldown({
    input: join(application, input),
    platform: "browser",
    resolve: { conditionNames },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  return output.map((file) => ("code" in file ? file.code : "")).join("\n");
}

describe("a bundle for the browser has pusher-js and no addon", () => {
  it("as Vite makes it", async () => {
    const result = await build({
      root: application,
      configFile: false,
      logLevel: "silent",
      define: { "process.env.NEXT_PUBLIC_PUSHRIG_URL": JSON.stringify("http://localhost:7001") },
      build: { write: false, minify: false, lib: { entry: "main.js", formats: ["es"] } },
    });
    const [{ output }] = result as unknown as [{ output: [{ code: string }] }];
    expect(output[0].code).toContain("Pusher JavaScript Library");
    expect(output[0].code).toContain(`url = "http://localhost:7001"`);
    expect(output[0].code).not.toMatch(addon);
  });

  it.each([
    ["imports", "main.js", "import"],
    ["requires", "required.cjs", "require"],
  ])("under the conditions that webpack and Turbopack set for %s", async (_what, input, kind) => {
    const code = await bundled(input, ["webpack", "development", "browser", "module", kind, "default"]);
    expect(code).toContain("Pusher JavaScript Library");
    expect(code).not.toMatch(addon);
  });
});

it.each([
  ["Next.js", ["edge-light", "worker", "browser", "module", "import", "default"]],
  ["Cloudflare Workers", ["workerd", "worker", "browser", "module", "import", "default"]],
])("a bundle for the Edge runtime of %s has neither", async (_where, conditions) => {
  const code = await bundled("main.js", conditions);
  expect(code).toContain("Edge runtime");
  expect(code).not.toContain("Pusher JavaScript Library");
  expect(code).not.toMatch(addon);
});

it.each(["browser", "browser module", "edge-light", "worker"])(
  "Node under the conditions %s has the mock of this process",
  (conditions) => {
    const flags = conditions.split(" ").map((condition) => `--conditions=${condition}`);
    const script = `
      const { MockPusherClient } = require("pushrig");
      console.log(new MockPusherClient("key", { cluster: "eu" }).connectionId);
    `;
    expect(execFileSync(process.execPath, [...flags, "-e", script], { cwd: application, encoding: "utf8" })).toBe(
      "mock-connection-1\n",
    );
  },
);
