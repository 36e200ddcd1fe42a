// What V8 has compiled of this package in one test file, kept for the next: without it, each process compiles all of it again.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { runInThisContext, Script } from "node:vm";

/** How `dist/index.js` asks for the `require` of a file, in place of Node's; the build writes it there (rolldown.config.mjs). */
const KEY = Symbol.for("pushrig.require-of");

type RequireOf = (file: string) => NodeJS.Require | undefined;

/** A file whose code is kept. */
interface Kept {
  script: Script;
  text: Buffer;
}

/** What a module's text is a function of. */
const HEAD = "(function (exports, require, module, __filename, __dirname) { ";

/**
 * Loads the files of this package as Node's `require` does, but for the compiling. Code is V8's own, so it is taken only by the V8 that has
 * written it, and V8 says itself whether it has.
 */
export class CodeCache {
  readonly #folder: string;
  readonly #root: string;
  readonly #kept = new Map<string, Kept>();
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
      for (const [file, kept] of this.#kept) this.#write(file, kept);
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
    const text = readFileSync(file);
    const cachedData = this.#read(file, text);
    // The build leaves nothing but ASCII.
    const script = new Script(`${HEAD}${text.toString("latin1")}\n})`, {
      filename: file,
      columnOffset: -HEAD.length,
      ...(cachedData && { cachedData }),
    });
    this.#kept.set(file, { script, text });
    if (cachedData === undefined || script.cachedDataRejected) this.#isNew = true;
    return script;
  }

  #place(file: string): string {
    return join(this.#folder, `${relative(this.#root, file)}.bin`);
  }

  /**
   * The code that is kept of this very text. V8 takes any text of the same length for the same, and damaged code ends the process: so the file has
   * the code twice and then the text, which are compared a hundred times as quickly as a sum of all could be made here.
   */
  #read(file: string, text: Buffer): Buffer | undefined {
    let all: Buffer;
    try {
      all = readFileSync(this.#place(file));
    } catch {
      return undefined;
    }
    const length = (all.length - text.length) / 2;
    if (!Number.isInteger(length) || length <= 0) return undefined;
    const code = all.subarray(0, length);
    const isWhole = code.equals(all.subarray(length, 2 * length)) && text.equals(all.subarray(2 * length));
    return isWhole ? code : undefined;
  }

  #write(file: string, { script, text }: Kept): void {
    const place = this.#place(file);
    mkdirSync(dirname(place), { recursive: true });
    // Other processes read and write it at the same time.
    const ahead = `${place}.${process.pid}.${performance.now()}`;
    try {
      // Empty at first: where nothing can be written, nothing is made.
      writeFileSync(ahead, "", { flag: "wx" });
      const code = script.createCachedData();
      writeFileSync(ahead, Buffer.concat([code, code, text]));
      renameSync(ahead, place);
    } catch (error) {
      rmSync(ahead, { force: true });
      throw error;
    }
  }
}
