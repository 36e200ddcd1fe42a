// What V8 has compiled is kept from one test file to the next.
import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { CodeCache } from "../../lib/runners/code-cache";
import { ordinaryEnvironment } from "../support/environment";

const KEY = Symbol.for("pushrig.require-of");
const meeting = globalThis as { [KEY]?: (file: string) => NodeJS.Require | undefined };

let root: string;
let folder: string;

beforeEach(() => {
  const place = realpathSync(mkdtempSync(join(tmpdir(), "pushrig-code-")));
  root = join(place, "dist");
  folder = join(place, "kept", "here");
  write(
    "a.js",
    "exports.b = require('./parts/b.js'); exports.file = __filename; exports.sep = require('node:path').sep;",
  );
  write("parts/b.js", "exports.double = (n) => n * 2; exports.a = require('../a.js'); exports.dir = __dirname;");
  const before = meeting[KEY];
  onTestFinished(() => {
    meeting[KEY] = before;
    rmSync(place, { recursive: true });
  });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

/** What `name` exports in a process that has not asked for it, and what is there afterwards. */
function load<T>(name = "./a.js"): T {
  const cache = new CodeCache(root, folder);
  cache.install();
  const require = meeting[KEY]?.(join(root, "index.js"));
  if (require === undefined) throw new Error("not installed");
  for (const file of Object.keys(require.cache)) if (file.startsWith(root)) delete require.cache[file];
  const exported = require(name) as T;
  cache.keep();
  return exported;
}

/** The kept files, and which they are. */
function kept(): Record<string, number> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).map((name) => join(folder, name));
  const files = names.filter((name) => statSync(name).isFile());
  return Object.fromEntries(files.map((name) => [relative(folder, name), statSync(name).ino]));
}

const engine = `${process.versions.v8}-${process.arch}`;
const place = (name: string) => join(folder, engine, `${name}.bin`);

interface A {
  b: { double(n: number): number; a: A; dir: string };
  file: string;
  sep: string;
}

describe("the code cache", () => {
  it("loads as require does, with and without code", () => {
    for (let time = 0; time < 2; time += 1) {
      const a = load<A>();
      expect(a.b.double(2)).toBe(4);
      expect(a.b.a).toBe(a);
      expect([a.file, a.b.dir, a.sep]).toEqual([join(root, "a.js"), join(root, "parts"), join("/", "/")]);
    }
    expect(Object.keys(kept())).toEqual([`${engine}/a.js.bin`, `${engine}/parts/b.js.bin`]);
  });

  it("takes what it has kept, and keeps it no second time", () => {
    load();
    const first = kept();
    load();
    expect(kept()).toEqual(first);
  });

  it("keeps all anew with a file that was not among it", () => {
    load("./parts/b.js");
    write("c.js", "module.exports = require('./parts/b.js').double(21);");
    const first = kept();
    expect(load("./c.js")).toBe(42);
    expect(Object.keys(kept())).toContain(`${engine}/c.js.bin`);
    expect(kept()[`${engine}/parts/b.js.bin`]).not.toBe(first[`${engine}/parts/b.js.bin`]);
  });

  it("takes no code of a text that was another, however alike", () => {
    const file = join(root, "parts/b.js");
    write("parts/b.js", "exports.factor = 2;");
    expect(load("./parts/b.js")).toEqual({ factor: 2 });
    const { atime, mtime } = statSync(file);
    // V8 would go by its length.
    write("parts/b.js", "exports.factor = 3;");
    utimesSync(file, atime, mtime);
    expect(load("./parts/b.js")).toEqual({ factor: 3 });
  });

  // V8 would take it, and the process would end.
  it.each<[string, (file: string) => void]>([
    ["lacks its end", (file) => truncateSync(file, statSync(file).size - 8)],
    ["is empty", (file) => truncateSync(file, 0)],
    ["has a hole", (file) => writeFileSync(file, readFileSync(file).fill(0, 256, 512))],
    ["is something else", (file) => writeFileSync(file, "x".repeat(statSync(file).size))],
  ])("takes no code that %s, and keeps it anew", (_what, damage) => {
    load();
    const first = kept();
    damage(place("a.js"));
    expect(load<A>().b.double(2)).toBe(4);
    expect(kept()[`${engine}/a.js.bin`]).not.toBe(first[`${engine}/a.js.bin`]);
    const mended = kept();
    load();
    expect(kept()).toEqual(mended);
  });

  it("does without where nothing can be written, and leaves nothing half done", () => {
    mkdirSync(dirname(folder), { recursive: true });
    writeFileSync(folder, "a file");
    expect(load<A>().b.double(2)).toBe(4);
    expect(readdirSync(dirname(folder))).toEqual(["here"]);
  });

  it("has a file that throws evaluated anew, as require does", () => {
    write(
      "a.js",
      "globalThis.times = (globalThis.times ?? 0) + 1; if (globalThis.times < 2) throw new Error('once'); exports.times = times;",
    );
    onTestFinished(() => {
      delete (globalThis as { times?: number }).times;
    });
    new CodeCache(root, folder).install();
    const require = meeting[KEY]?.(join(root, "index.js"));
    expect(() => require?.("./a.js")).toThrow("once");
    expect(require?.("./a.js")).toEqual({ times: 2 });
  });

  it("knows no files but those of its package", () => {
    new CodeCache(root, folder).install();
    expect(meeting[KEY]?.(`${root}-of-others/index.js`)).toBeUndefined();
  });

  it("says where in the text something was thrown", () => {
    write("a.js", "exports.fail = () => { throw new Error('here'); };");
    for (let time = 0; time < 2; time += 1) {
      const { fail } = load<{ fail(): void }>();
      const { stack } = (() => {
        try {
          return fail() as never;
        } catch (error) {
          return error as Error;
        }
      })();
      expect(stack).toContain(`${join(root, "a.js")}:1:30`);
    }
  });
});

describe("under the Vitest plugin", () => {
  const project = fileURLToPath(new URL("fixtures/lines/", import.meta.url));
  const vitest = fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url));

  /** Runs the project's tests with a folder of their own for what Vite keeps. */
  async function run(pool: string) {
    const cacheDir = mkdtempSync(join(tmpdir(), "pushrig-cache-"));
    onTestFinished(() => rmSync(cacheDir, { recursive: true }));
    const options = { cwd: project, env: { ...ordinaryEnvironment(), LINES_CACHE: cacheDir } };
    const again = () => promisify(execFile)(process.execPath, [vitest, "run", "--pool", pool], options);
    const { stdout } = await again();
    const files = () => {
      const names = readdirSync(cacheDir, { recursive: true }) as string[];
      return names.filter((name) => name.endsWith(".bin")).map((name) => [name, statSync(join(cacheDir, name)).ino]);
    };
    return { again, files, stdout };
  }

  it.each(["forks", "threads"])(
    "a run finds the code of the one before, in the pool %s",
    { timeout: 60_000 },
    async (pool) => {
      const { again, files } = await run(pool);
      const first = files();
      expect(first.map(([name]) => String(name).replace(/^.*pushrig\//, ""))).toContain(`${engine}/everyday.js.bin`);
      await again();
      expect(files()).toEqual(first);
    },
  );

  it("contexts of node:vm have none of it, and what they load is of their realm", { timeout: 60_000 }, async () => {
    const { files, stdout } = await run("vmThreads");
    expect(files()).toEqual([]);
    expect(stdout).toContain("OWN REALM true");
  });
});
