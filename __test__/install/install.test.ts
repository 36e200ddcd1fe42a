import { spawn } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nodeOf } from "../../scripts/matrix.mjs";
import { Project } from "./project.js";
import { Registry, manifestOf } from "./registry.js";
import { binding, main, tarballs } from "./tarballs.js";

const fixtures = fileURLToPath(new URL("../../.cache/fixtures", import.meta.url));
const { name: bindingName, version } = manifestOf(binding);

let registry: Registry;
beforeAll(async () => {
  registry = await Registry.of(tarballs);
});
afterAll(() => registry.close());

const story = `
  const heard = [];
  new MockPusherClient("key", { cluster: "eu" }).subscribe("room").bind("hello", (data) => heard.push(data));
  new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
  console.log(JSON.stringify(heard));
`;

// Other versions come as npm packages, which there are for Linux on x64 only.
const isPackaged = process.platform === "linux" && process.arch === "x64";
const nodes = [
  [process.versions.node.split(".")[0], ""],
  ...(isPackaged
    ? [
        ["22", "22"],
        ["24", "24"],
        ["26", "26"],
      ]
    : []),
];

describe.each(nodes)("npm install pushrig in an empty project, on Node %s", (major, packaged) => {
  let project: Project;
  beforeAll(async () => {
    project = new Project(nodeOf("node", packaged), registry.url);
    registry.downloads.length = 0;
    await project.npm("install pushrig");
  });
  afterAll(() => project.remove());

  it("is what runs", async () => {
    expect((await project.run("-p", "process.versions.node")).stdout).toMatch(new RegExp(`^${major}\\.`));
  });

  it("brings the package and the binary of this machine, and nothing else", () => {
    expect(registry.downloads.sort()).toEqual([basename(main), basename(binding)].sort());
    expect(readdirSync(project.path("node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "@pushrig",
      "pushrig",
    ]);
    expect(readdirSync(project.path("node_modules/@pushrig"))).toEqual([basename(bindingName)]);
  });

  it("can be required", async () => {
    const { stdout, stderr } = await project.run(
      "-e",
      `const { MockPusherClient, MockPusherServer } = require("pushrig");${story}`,
    );
    expect(stderr).toBe("");
    expect(stdout).toBe('[{"n":1}]\n');
  });

  it("can be imported", async () => {
    project.write("story.mjs", `import { MockPusherClient, MockPusherServer } from "pushrig";${story}`);
    const { stdout, stderr } = await project.run("story.mjs");
    expect(stderr).toBe("");
    expect(stdout).toBe('[{"n":1}]\n');
  });

  it("has the command, which listens and ends on Ctrl-C", async () => {
    const command = project.path("node_modules/.bin/pushrig");
    const child = spawn(nodeOf("node", packaged), [command, "--port", "0", "--json"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = JSON.parse(line);
      if (entry.type !== "listening") continue;
      const health = await fetch(`${entry.url}/health`);
      expect(await health.json()).toMatchObject({ status: "ok", version });
      child.kill("SIGINT");
    }
    expect(await ended).toBe(0);
  });

  it("serves a test run by Vitest", async () => {
    // As if the project had installed Vitest too.
    symlinkSync(join(fixtures, "vitest4/node_modules/vitest"), project.path("node_modules/vitest"));
    project.write(
      "vitest.config.mjs",
      'import pushrig from "pushrig/vitest"; export default { plugins: [pushrig()] };',
    );
    project.write(
      "room.test.mjs",
      `import { expect, it, vi } from "vitest";
       import { MockPusherClient, MockPusherServer } from "pushrig";
       it("hears", () => {
         const heard = vi.fn();
         new MockPusherClient("key", { cluster: "eu" }).subscribe("room").bind("hello", heard);
         new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" }).trigger("room", "hello", { n: 1 });
         expect(heard).toHaveBeenCalledWith({ n: 1 });
       });`,
    );
    const { code, stdout, stderr } = await project.run("node_modules/vitest/vitest.mjs", "run");
    expect(stdout + stderr).toContain("1 passed");
    expect(code).toBe(0);
  });
});

describe("when something is wrong with the binary", () => {
  let project: Project;
  beforeEach(() => {
    project = new Project(process.execPath, registry.url);
  });
  afterEach(() => project.remove());

  /** What first needs the binary. */
  const use = 'require("pushrig").reset();';
  const broken = async () => {
    expect(await project.run("-e", 'require("pushrig")')).toEqual({ code: 0, stdout: "", stderr: "" });
    const { code, stderr } = await project.run("-e", use);
    expect(code).toBe(1);
    return stderr;
  };
  const whole = async () => {
    const { code, stderr } = await project.run("-e", use);
    expect(stderr).toBe("");
    expect(code).toBe(0);
  };
  const installed = (...parts: string[]) => project.path("node_modules", ...parts);

  it("says which package is missing after --omit=optional, and the command that it names brings it", async () => {
    await project.npm("install --omit=optional pushrig");
    const error = await broken();
    expect(error).toContain(`Error: pushrig: its binary for this machine (${process.platform}-${process.arch}, Node`);
    expect(error).toContain(`is not installed: there is no package ${bindingName}.`);
    expect(error).toContain("To install it: npm install --include=optional\n");
    await project.npm("install --include=optional");
    await whole();
  });

  it("says so to ES modules too, and in the command without more ado", async () => {
    await project.npm("install --omit=optional pushrig");
    const imported = await project.run("--input-type=module", "-e", 'import { reset } from "pushrig"; reset();');
    expect(imported.stderr).toContain(`there is no package ${bindingName}.`);
    const command = await project.run("node_modules/pushrig/dist/cli.js");
    expect(command.code).toBe(1);
    expect(command.stderr).toMatch(/^pushrig: its binary for this machine/);
    expect(command.stderr).not.toContain("    at ");
  });

  it("says so when the environment names a binary that is none", async () => {
    await project.npm("install pushrig");
    const wrong = 'process.env.NAPI_RS_NATIVE_LIBRARY_PATH = "/nowhere.node";';
    const { stderr } = await project.run("-e", `${wrong} ${use}`);
    expect(stderr).toContain(
      "pushrig: NAPI_RS_NATIVE_LIBRARY_PATH names a binary that does not load: Cannot find module '/nowhere.node'",
    );
  });

  it("names both versions when they differ, and the command that brings the right one", async () => {
    await project.npm("install pushrig");
    const file = installed("pushrig/dist/everyday.js");
    writeFileSync(file, readFileSync(file, "utf8").replace(`version = "${version}"`, 'version = "9.9.9"'));
    const error = await broken();
    expect(error).toContain(`pushrig: the package has version 9.9.9, but its binary ${installed(bindingName)}`);
    expect(error).toContain(
      `has ${version}.\nTo install the one that belongs to it: npm install --include=optional pushrig@9.9.9\n`,
    );
  });

  it("says why a binary that is there does not load, and the command that it names repairs it", async () => {
    await project.npm("install pushrig");
    const binary = readdirSync(installed(bindingName)).find((name) => name.endsWith(".node")) as string;
    writeFileSync(installed(bindingName, binary), "half a download");
    const error = await broken();
    expect(error).toContain("pushrig: its binary does not load on this machine");
    expect(error).toContain(binary);
    expect(error).toContain("To install everything anew: npm ci\n");
    await project.npm("ci");
    await whole();
  });

  it("says where there are binaries when there is none for a machine", async () => {
    await project.npm("install --omit=optional pushrig");
    const elsewhere = 'Object.defineProperty(process, "platform", { value: "sunos" });';
    const { stderr } = await project.run("-e", `${elsewhere} ${use}`);
    expect(stderr).toContain("pushrig: there is no binary for this machine (sunos-");
    expect(stderr).toContain("Linux (glibc 2.17 and newer, and musl), macOS and Windows");
  });

  describe("and a second copy of it is loaded", () => {
    /** Puts a second installation below the first one, its binary made by `place`. */
    async function nested(place: (from: string, to: string) => void): Promise<void> {
      await project.npm("install pushrig");
      mkdirSync(project.path("inner"));
      cpSync(project.path("node_modules"), project.path("inner/node_modules"), { recursive: true });
      const binary = readdirSync(installed(bindingName)).find((name) => name.endsWith(".node")) as string;
      const second = project.path("inner/node_modules", bindingName, binary);
      unlinkSync(second);
      place(installed(bindingName, binary), second);
    }
    const twice = ["pushrig", "./inner/node_modules/pushrig", "./inner/node_modules/pushrig/dist/index.js"]
      .map((copy) => `require("${copy}").reset();`)
      .join("");

    it("warns once, naming both places and the command that makes them one", async () => {
      await nested(copyFileSync);
      const { code, stderr } = await project.run("-e", twice);
      expect(code).toBe(0);
      expect(stderr.match(/two copies/g)).toHaveLength(1);
      expect(stderr).toContain(`  ${installed(bindingName)}`);
      expect(stderr).toContain(`  ${project.path("inner/node_modules", bindingName)}`);
      expect(stderr).toContain("npm dedupe");
    });

    it("has nothing to say when both are one file, as with pnpm", async () => {
      await nested(linkSync);
      expect(await project.run("-e", twice)).toEqual({ code: 0, stdout: "", stderr: "" });
    });
  });
});
