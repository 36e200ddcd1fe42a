// What the Vitest plugin costs a suite: the same test files with the plugin and with `vi.mock`, in turns.
//   node benches/vitest.mjs [--files 100] [--rounds 3] [--node 22]
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { installFixture, nodeOf, pack, place, prepare } from "../scripts/matrix.mjs";
import { interval } from "./before.mjs";
import { median } from "./measure.mjs";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "100" },
    rounds: { type: "string", default: "3" },
    node: { type: "string", default: "" },
    fixture: { type: "string", default: "vitest4" },
  },
});
const files = Number(values.files);
const rounds = Number(values.rounds);

/** The application: its wrapper and a route, as in docs/vitest.md. */
const application = {
  "src/lib/pusher.ts": `
    import Pusher from "pusher";
    import PusherClient from "pusher-js";
    export const pusherServer = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu", useTLS: true });
    export const getTaskChannelName = (id: string) => \`task-\${id}\`;
    export const PUSHER_EVENTS = { TASK_TITLE_UPDATE: "task-title-update" } as const;
    let client: PusherClient | undefined;
    export const getPusherClient = () => (client ??= new PusherClient("key", { cluster: "eu" }));`,
  "src/route.ts": `
    import { PUSHER_EVENTS, getTaskChannelName, pusherServer } from "@/lib/pusher";
    export async function POST(request: Request): Promise<Response> {
      const { id, title } = await request.json();
      await pusherServer.trigger(getTaskChannelName(id), PUSHER_EVENTS.TASK_TITLE_UPDATE, { title });
      return Response.json({ id, title });
    }`,
};

const request = (index) =>
  `new Request("http://localhost/", { method: "POST", body: JSON.stringify({ id: "${index}", title: "Ship it" }) })`;

const variants = {
  "vi.mock": (index) => `
    import { POST } from "@/route";
    import { expect, it, vi } from "vitest";
    const { trigger } = vi.hoisted(() => ({ trigger: vi.fn().mockResolvedValue(undefined) }));
    vi.mock("@/lib/pusher", () => ({
      pusherServer: { trigger },
      getTaskChannelName: (id: string) => \`task-\${id}\`,
      PUSHER_EVENTS: { TASK_TITLE_UPDATE: "task-title-update" },
    }));
    it("tells everybody on the task", async () => {
      const response = await POST(${request(index)});
      expect(response.status).toBe(200);
      expect(trigger).toHaveBeenCalledWith("task-${index}", "task-title-update", { title: "Ship it" });
    });`,
  plugin: (index) => `
    import { POST } from "@/route";
    import { pusherMockState } from "pushrig";
    import { expect, it } from "vitest";
    it("tells everybody on the task", async () => {
      const response = await POST(${request(index)});
      expect(response.status).toBe(200);
      expect(pusherMockState.getChannelMessages("task-${index}")).toMatchObject([
        { event: "task-title-update", data: { title: "Ship it" } },
      ]);
    });`,
};

const config = (plugins) => `
  import { defineConfig } from "vitest/config";
  ${plugins ? 'import pushrig from "pushrig/vitest";' : ""}
  export default defineConfig({
    plugins: [${plugins}],
    resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
    test: { pool: "forks", maxWorkers: 2, minWorkers: 2 },
  });`;

function write(folder, path, text) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Lays a variant's project beside the packages of the fixture. */
function lay(name) {
  const folder = place(values.fixture, "bench", name.replace(".", "-"));
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(application)) write(folder, path, text);
  for (let index = 0; index < files; index += 1) write(folder, `tests/task-${index}.test.ts`, variants[name](index));
  write(folder, "vitest.config.ts", config(name === "plugin" ? "pushrig()" : ""));
  return folder;
}

/** Seconds of wall time, and of processor time of the run with all of its workers. */
function run(folder) {
  const program = [nodeOf("node", values.node), place(values.fixture, "node_modules/vitest/vitest.mjs"), "run"];
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", 'TIMEFORMAT="%R %U %S"; time "$@"', "time", ...program], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1" },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("close", () => {
      const [wall, user, system] = output.trim().split("\n").at(-1).split(" ").map(Number);
      if (!output.includes(`${files} passed (${files})`)) reject(new Error(output));
      else resolve({ wall, cpu: user + system });
    });
  });
}

await installFixture("node");
await prepare(values.fixture, await pack());
const folders = Object.fromEntries(Object.keys(variants).map((name) => [name, lay(name)]));
for (const folder of Object.values(folders)) await run(folder); // Vite's cache
const pairs = [];
for (let round = 0; round < rounds; round += 1) {
  const names = round % 2 === 0 ? ["vi.mock", "plugin"] : ["plugin", "vi.mock"];
  const pair = {};
  for (const name of names) pair[name] = await run(folders[name]);
  pairs.push(pair);
  const of = (unit) => `${pair.plugin[unit].toFixed(1)} / ${pair["vi.mock"][unit].toFixed(1)} s`;
  console.log(`plugin / vi.mock: wall ${of("wall")}, processor ${of("cpu")}`);
}
for (const unit of ["wall", "cpu"]) {
  const ratios = pairs.map((pair) => pair.plugin[unit] / pair["vi.mock"][unit]);
  const range = interval(ratios)?.map((ratio) => ratio.toFixed(3));
  const spread = range === undefined ? "" : ` [${range.join(", ")}]`;
  console.log(`${unit}: ${median(ratios).toFixed(3)}${spread} × of vi.mock, median of ${rounds}, ${files} files`);
}
