// What V8 has compiled of this package in one test file, kept for the next: without it, each process compiles all of it again.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { runInThisContext, Script } from "node:vm";

/** How `dist/index.js` asks for the `require` of a file, in place of Node's; the build writes it there (rolldown.config.mjs). */
const KEY = Symbol.for("pushrig.require-of");

type RequireOf = (file: string) => NodeJS.Require | undefined;

/** What makes a module's text a function. */
const [HEAD, TAIL] = ["(function (exports, require, module, __filename, __dirname) { ", "\n})"];

/**
 * Loads the files of this package as Node's `require` does, but for the compiling. Code is V8's own, so it is taken only by the V8 that has
 * written it, and V8 says itself whether it has.
 */
export class CodeCache {
  readonly #folder: string;
  readonly #root: string;
  readonly #scripts = new Map<string, Script>();
  #isNew = false;

  /**
   * @param root the folder of this package's files
   * @param folder where code is kept, if it is to be; made when there is some
   */
  constructor(root: string, folder: string) {
    this.#root = root + sep;
    const { arch, versions } = process;
    this.#folder = join(folder, `${versions.v8}-${arch}`);
  }

  /** From now on `dist/index.js` loads its files with it. */
  install(): void {
    // In a `vm` context scripts are not run by the context's own code.
    if (runInThisContext("globalThis") !== globalThis) return;
    (globalThis as { [KEY]?: RequireOf })[KEY] = (file) =>
      file.startsWith(this.#root) ? this.#requireOf(file) : undefined;
  }

  /**
   * Keeps what was compiled in this process and not found, with all that has been compiled of it since it runs. It takes milliseconds.
   * Nothing becomes of it where the folder cannot be written to.
   */
  keep(): void {
    if (!this.#isNew) return;
    this.#isNew = false;
    try {
      for (const [file, script] of this.#scripts) this.#write(file, script);
    } catch {
      // Then the next process compiles it too.
    }
  }

  #requireOf(file: string): NodeJS.Require {
    const byNode = createRequire(file);
    const own = (id: string): unknown => {
      const path = id.startsWith(".") ? resolve(dirname(file), id) : "";
      return path.startsWith(this.#root) ? this.#load(path, byNode.cache) : byNode(id);
    };
    return Object.assign(own, byNode);
  }

  #load(file: string, cache: NodeJS.Dict<NodeModule>): unknown {
    const loaded = cache[file];
    if (loaded !== undefined) return loaded.exports;
    const module = new Module(file);
    module.filename = file;
    cache[file] = module;
    try {
      const run = this.#compile(file).runInThisContext() as (...args: unknown[]) => void;
      run.call(module.exports, module.exports, this.#requireOf(file), module, file, dirname(file));
    } catch (error) {
      delete cache[file];
      throw error;
    }
    module.loaded = true;
    return module.exports;
  }

  #compile(file: string): Script {
    const cachedData = this.#read(file);
    const script = new Script(functionOf(file), {
      filename: file,
      columnOffset: -HEAD.length,
      ...(cachedData && { cachedData }),
    });
    this.#scripts.set(file, script);
    if (cachedData === undefined || script.cachedDataRejected) this.#isNew = true;
    return script;
  }

  #place(file: string): string {
    return join(this.#folder, `${relative(this.#root, file)}.bin`);
  }

  /** The code that is kept of this very file, if it is whole: V8 takes any text of the same length for the same, and damaged code ends the process. */
  #read(file: string): Buffer | undefined {
    try {
      const all = readFileSync(this.#place(file));
      const code = all.subarray(HEADER);
      return all.toString("latin1", 0, HEADER) === header(file, code) ? code : undefined;
    } catch {
      return undefined;
    }
  }

  #write(file: string, script: Script): void {
    const place = this.#place(file);
    mkdirSync(dirname(place), { recursive: true });
    // Other processes read and write it at the same time.
    const ahead = `${place}.${process.pid}.${performance.now()}`;
    try {
      // Empty at first: where nothing can be written, nothing is made.
      writeFileSync(ahead, "", { flag: "wx" });
      const code = script.createCachedData();
      writeFileSync(ahead, Buffer.concat([Buffer.from(header(file, code), "latin1"), code]), { flush: true });
      renameSync(ahead, place);
    } catch (error) {
      rmSync(ahead, { force: true });
      throw error;
    }
  }
}

/** Put together before it is a string: what V8 puts together later it has twice, and collects garbage sooner. */
function functionOf(file: string): string {
  const text = readFileSync(file);
  const all = Buffer.allocUnsafe(HEAD.length + text.length + TAIL.length);
  all.write(HEAD, "latin1");
  text.copy(all, HEAD.length);
  all.write(TAIL, HEAD.length + text.length, "latin1");
  // The build leaves nothing but ASCII.
  return all.toString("latin1");
}

/** Bytes; V8 copies what is not aligned. */
const HEADER = 128;

/** What stands before the code of a file. */
function header(file: string, code: Buffer): string {
  // As git tells whether a file is the one that it has seen.
  const { ino, size, mtimeMs, ctimeMs } = statSync(file);
  return [ino, size, mtimeMs, ctimeMs, code.length, sample(code)].join(" ").padEnd(HEADER);
}

/** A sum that changes with every piece of a file that may be missing. One of all bytes would take longer here than to compile the text. */
function sample(code: Buffer): number {
  const numbers = new Int32Array(code.buffer, code.byteOffset, code.length >> 2);
  let sum = 0;
  for (let at = 0; at < numbers.length; at += 16) sum = (Math.imul(sum, 31) + numbers[at]) | 0;
  return sum;
}
