import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
// @ts-expect-error it has no types
import nodeResolver from "eslint-import-resolver-node";
import { describe, expect, it, onTestFinished } from "vitest";
import { OLDEST_GLIBC } from "../../scripts/binary.mjs";
import { Project } from "./project.js";
import { manifestOf } from "./registry.js";
import { binding, main, tarballs } from "./tarballs.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const MB = 1024 * 1024;

/** The files of a tarball. */
const contents = (tarball: string) =>
  execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""))
    .sort();

const read = (tarball: string, path: string, encoding: BufferEncoding) =>
  execFileSync("tar", ["-xzOf", tarball, `package/${path}`], { encoding, maxBuffer: 64 * MB });

/** Where the relative links of a Markdown file lead to, code aside. */
function linksOf(file: string, markdown: string): string[] {
  const text = markdown.replace(/^(```+)[^]*?^\1$/gm, "").replace(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.replace(/#.*/, ""))
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
    .map((target) => new URL(target, `file:///${file}`).pathname.slice(1));
}

describe("the package", () => {
  it("has the documents and the example, without what is built or private of it", () => {
    const files = contents(main);
    for (const path of ["docs/nextjs.md", "docs/decisions/0001-routes-not-calls.md", "docs/images/nextjs.png"])
      expect(files).toContain(path);
    expect(files).toContain("examples/nextjs/src/lib/pusher.ts");
    const unwanted = /^examples\/.*(node_modules|\.next|\.env\.local|\.db|package-lock)/;
    expect(files.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it("has everything that its README and its documents link to", () => {
    const files = contents(main);
    const documents = files.filter((path) => path.endsWith(".md") && !path.startsWith("examples/"));
    const links = documents.flatMap((file) =>
      linksOf(file, read(main, file, "utf8")).map((target) => ({ file, target })),
    );
    expect(links.length).toBeGreaterThan(25);
    const leadsNowhere = ({ target }: { target: string }) =>
      !files.some((path) => path === target || path.startsWith(`${target.replace(/\/$/, "")}/`));
    expect(links.filter(leadsNowhere)).toEqual([]);
  });

  it('has entry points that resolvers without "exports" find, such as that of eslint-plugin-import, and they are the same', () => {
    const project = new Project(process.execPath, "http://127.0.0.1:9/");
    onTestFinished(() => project.remove());
    mkdirSync(project.path("node_modules/pushrig"), { recursive: true });
    execFileSync("tar", ["-xzf", main, "--strip-components=1", "-C", project.path("node_modules/pushrig")]);
    const entries = Object.keys(manifestOf(main).exports as object)
      .filter((entry) => !/\*|package\.json/.test(entry))
      .map((entry) => entry.replace(/^\./, "pushrig"));
    expect(entries).toContain("pushrig/vitest");
    const { resolve } = createRequire(project.path("app.js"));
    for (const entry of entries) {
      const { found, path } = nodeResolver.resolve(entry, project.path("app.js"), {});
      expect([entry, found]).toEqual([entry, true]);
      // What it exports is what the entry point exports: the one file requires the other.
      const code = readFileSync(path, "utf8");
      const target = /^module\.exports = require\("(.+)"\);\n$/.exec(code)?.[1];
      expect(target === undefined ? path : join(dirname(path), target)).toBe(resolve(entry));
    }
  });

  it("asks npm for nothing but the binaries, of its own version, and runs no script", () => {
    const manifest = manifestOf(main);
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.scripts).toBeUndefined();
    expect(manifest.private).toBeUndefined();
    expect(manifest.devDependencies).toBeUndefined();
    const { version } = manifest;
    expect(manifest.optionalDependencies).toEqual({
      "@pushrig/binding-darwin-arm64": version,
      "@pushrig/binding-darwin-x64": version,
      "@pushrig/binding-linux-arm64-gnu": version,
      "@pushrig/binding-linux-arm64-musl": version,
      "@pushrig/binding-linux-x64-gnu": version,
      "@pushrig/binding-linux-x64-musl": version,
      "@pushrig/binding-win32-arm64-msvc": version,
      "@pushrig/binding-win32-x64-msvc": version,
    });
  });

  it("has the version of the crate, which the binary tells", () => {
    const crate = /^version = "(.+)"$/m.exec(readFileSync(`${root}/Cargo.toml`, "utf8"))?.[1];
    expect(manifestOf(main).version).toBe(crate);
  });

  it.each([
    ["node_modules/typescript", "node16"],
    ["node_modules/typescript", "bundler"],
    // The oldest that knows both; a fixture, because a second `tsc` would take the place of the first.
    [".cache/fixtures/node/node_modules/typescript50", "node16"],
    [".cache/fixtures/node/node_modules/typescript50", "bundler"],
  ])(
    "compiles under strict by %s with moduleResolution %s, with nothing else installed",
    async (compiler, resolution) => {
      const project = new Project(process.execPath, "http://127.0.0.1:9/");
      onTestFinished(() => project.remove());
      mkdirSync(project.path("node_modules/pushrig"), { recursive: true });
      execFileSync("tar", ["-xzf", main, "--strip-components=1", "-C", project.path("node_modules/pushrig")]);
      const module = resolution === "node16" ? "node16" : "esnext";
      project.write(
        "tsconfig.json",
        JSON.stringify({
          compilerOptions: {
            strict: true,
            noEmit: true,
            skipLibCheck: false,
            target: "es2022",
            lib: ["es2023", "dom"],
            module,
            moduleResolution: resolution,
            typeRoots: [`${root}node_modules/@types`],
            types: ["node"],
          },
          files: ["app.mts"],
        }),
      );
      project.write(
        "app.mts",
        `import { MockPusherClient, MockPusherServer, createMockPusher, listen, pusherMockState } from "pushrig";
       import * as jest from "pushrig/jest";
       import { register, withPushrig } from "pushrig/next";
       import type { Contract, TypedClient, TypedServer } from "pushrig/types";
       import plugin, { pushrig } from "pushrig/vitest";
       const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
       const status: Promise<{ status: number }> = server.trigger("room", "event", {});
       const state: string = new MockPusherClient("key", { cluster: "eu" }).connection.state;
       const url: string = (await listen({ port: 0 })).url;
       const count: number = pusherMockState.getSubscriberCount("room");
       type Realtime = Contract<{ "task-*": { "new-message": { id: string } } }>;
       void (server as TypedServer<Realtime>).trigger("task-1", "new-message", { id: "m1" });
       (createMockPusher().client() as TypedClient<Realtime>).subscribe("task-1").bind("new-message", ({ id }) => id);
       // @ts-expect-error an event that the contract does not have
       void (server as TypedServer<Realtime>).trigger("task-1", "new_message", { id: "m1" });
       // @ts-expect-error a port is a number
       void listen({ port: "0" });
       export const all = [status, state, url, count, createMockPusher(), jest.withPushrig({}), register, withPushrig, plugin(), pushrig()];`,
      );
      const { code, stdout } = await project.run(`${root}${compiler}/bin/tsc`, "-p", "tsconfig.json");
      expect(stdout).toBe("");
      expect(code).toBe(0);
    },
  );
});

it("is built for every platform by the workflow that publishes", () => {
  const workflow = readFileSync(`${root}.github/workflows/release.yml`, "utf8");
  const built = [...workflow.matchAll(/\{ target: ([\w-]+)/g)].map(([, target]) => target);
  const { napi } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  expect(built).toEqual(napi.targets);
  expect(workflow).toContain(`-eq ${napi.targets.length + 1}`);
});

it(
  "is packed from wherever the folder is said to be, as the workflow does, whatever npm warns of",
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "pushrig-packages-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const binaries = readdirSync(`${root}.cache/binaries`).filter((name) => name.endsWith(".node"));
    const { stdout } = await promisify(execFile)(process.execPath, [`${root}scripts/package.mjs`, "packages"], {
      cwd: folder,
      // npm does not like that option any more, and says so with each command.
      env: { ...process.env, npm_config_production: "true" },
    });
    const packed = readdirSync(join(folder, "packages"));
    expect(packed).toHaveLength(1 + binaries.length);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((path) => basename(path))
        .sort(),
    ).toEqual(packed.sort());
    expect(readdirSync(folder)).toEqual(["packages"]);
  },
);

describe("the package of this machine's binary", () => {
  const binary = manifestOf(binding).main as string;

  it("has the binary, for this machine only", () => {
    expect(contents(binding)).toEqual(["LICENSE", "README.md", "THIRD-PARTY-NOTICES.txt", "package.json", binary]);
    const notices = read(binding, "THIRD-PARTY-NOTICES.txt", "utf8");
    for (const crate of ["hyper", "tokio", "napi", "subtle", "memchr"])
      expect(notices).toMatch(new RegExp(`\\b${crate} \\d`));
    expect(manifestOf(binding)).toMatchObject({
      os: [process.platform],
      cpu: [process.arch],
      version: manifestOf(main).version,
    });
    expect(manifestOf(binding).scripts).toBeUndefined();
  });

  it.runIf(process.platform === "linux")(`needs no glibc newer than ${OLDEST_GLIBC}`, () => {
    // The versions that an ELF file asks for are strings in it.
    const needed = [...read(binding, binary, "latin1").matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
    expect(needed.length).toBeGreaterThan(0);
    expect(Math.max(...needed)).toBeLessThanOrEqual(Number(OLDEST_GLIBC.split(".")[1]));
  });

  it.each(tarballs.map((tarball) => [basename(tarball), tarball]))("%s weighs at most 2 MB", (_name, tarball) => {
    expect(statSync(tarball).size).toBeLessThanOrEqual(2 * MB);
  });
});
