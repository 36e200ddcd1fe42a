// `node smoke.mjs FOLDER`: installs the tarballs in FOLDER into an empty project with the Node and npm at hand, and uses the package.
// Needs nothing installed, so that it runs on every platform that there are binaries for.
import { execFileSync, spawn } from "node:child_process";
import { strict as assert } from "node:assert";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const source = resolve(process.argv[2]);
process.report.excludeNetwork = true;
const isMusl = process.platform === "linux" && process.report.getReport().header.glibcVersionRuntime === undefined;
const abi = { linux: isMusl ? "-musl" : "-gnu", win32: "-msvc" }[process.platform] ?? "";
const platform = `${process.platform}-${process.arch}${abi}`;
const wanted = [/^pushrig-\d/, new RegExp(`^pushrig-binding-${platform}-\\d`)];
const tarballs = wanted.map((pattern) => {
  const name = readdirSync(source).find((name) => pattern.test(name));
  assert(name, `${source} has no package like ${pattern}`);
  return join(source, name);
});

const project = mkdtempSync(join(tmpdir(), "pushrig-smoke-"));
try {
  writeFileSync(join(project, "package.json"), '{ "private": true }');
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["install", "--no-audit", "--no-fund", ...tarballs], {
    cwd: project,
    shell: true,
    stdio: "inherit",
  });

  const story = `
    const heard = [];
    new MockPusherClient("key", { cluster: "eu" }).subscribe("room").bind("hello", (data) => heard.push(data));
    new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
    console.log(JSON.stringify(heard));
  `;
  const imports = {
    "story.cjs": 'const { MockPusherClient, MockPusherServer } = require("pushrig");',
    "story.mjs": 'import { MockPusherClient, MockPusherServer } from "pushrig";',
  };
  for (const [name, first] of Object.entries(imports)) {
    writeFileSync(join(project, name), first + story);
    assert.equal(execFileSync(process.execPath, [name], { cwd: project, encoding: "utf8" }), '[{"n":1}]\n');
  }

  const command = join(project, "node_modules", "pushrig", "dist", "cli.js");
  const child = spawn(process.execPath, [command, "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.on("close", done));
  let healthy = false;
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line);
    if (entry.type !== "listening") continue;
    healthy = (await fetch(`${entry.url}/health`)).ok;
    child.kill("SIGINT");
  }
  assert(healthy);
  const code = await ended;
  // Windows has no signals: there the process is just ended.
  if (process.platform !== "win32") assert.equal(code, 0);
  console.log(`works: ${platform}, Node ${process.versions.node}`);
} finally {
  rmSync(project, { recursive: true });
}
