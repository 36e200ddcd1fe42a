// Traces of tests as files: which there are, how they are called, and when they are written.
import { createHash } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { makeTraceFolder } from "../base/trace-folder";
import type { EndedApp, TracedApp } from "../events/test-runner";
import type { Page } from "../journal/entry";
import { TraceWriter, type TraceOf } from "../journal/trace";
import type { TracePolicy } from "./options";
import type { Traces } from "./running-tests";

/** What the setup file knows of a test. */
export interface TracedTest extends TraceOf {
  test: string;
  file: string;
  /** Whether it is to fail: then its failure is none. */
  isToFail?: boolean;
}

/** What the setup file says. */
export interface TraceFilesOptions {
  policy: TracePolicy;
  /** Where they go, absolute. */
  dir: string;
  about(test: object): TracedTest;
  /** The test that runs while no other does: what apps that several use have written is its. */
  alone(): object | undefined;
  /** How concurrent tests come to traces. Default: by apps of their own. */
  apart?: string;
}

/** The longest name of a file, without what makes it unlike others. */
const LONGEST_NAME = 100;
/** Names that mean devices on Windows, whatever comes behind the dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** One app in one test. */
interface Begun {
  app: TracedApp;
  /** What there was when it was closed, or before a reset: read only if somebody wants it. */
  known?: EndedApp;
  /** With "always": what is written as it happens. */
  file?: { path: string; writer: TraceWriter };
  unwatch?: () => void;
}

export class TraceFiles implements Traces {
  readonly #options: TraceFilesOptions;
  /** Apps that tests have made, by test. */
  readonly #own = new WeakMap<object, Map<number, Begun>>();
  /** Those that several tests use: the default app, and what was made outside of tests. */
  readonly #shared = new Map<number, TracedApp>();
  /** By test, those of the shared ones that it has used, while it was alone. */
  readonly #used = new WeakMap<object, Map<number, Begun>>();
  readonly #watched = new WeakSet<TracedApp>();
  readonly #names = new Set<string>();

  constructor(options: TraceFilesOptions) {
    this.#options = options;
  }

  began(app: TracedApp): void {
    if (app.owner !== undefined) this.#begun(app.owner, app);
    this.look(app);
    if (this.#options.policy !== "always" || this.#watched.has(app)) return;
    this.#watched.add(app);
    app.watch(() => this.look(app));
  }

  look(app: TracedApp): void {
    if (app.owner === undefined) this.#shared.set(app.number, app);
    // Nothing is read before a test has failed.
    if (this.#options.policy !== "always") return;
    const test = app.owner ?? this.#options.alone();
    if (test !== undefined) this.#append(test, this.#begun(test, app));
  }

  ends(app: TracedApp, known: EndedApp): void {
    const { owner } = app;
    const test = owner ?? this.#options.alone();
    this.#shared.delete(app.number);
    const isOver = test === undefined || (test === owner && !this.#own.has(test));
    if (isOver) {
      known.forget();
      return;
    }
    const begun = this.#begun(test, app);
    begun.known = known;
    if (this.#options.policy === "always") this.#append(test, begun);
  }

  keep(test: object, isAlone: boolean, hasFailed: boolean): void {
    for (const begun of this.#of(test, isAlone)) {
      const isAlways = this.#options.policy === "always";
      if (isAlways) this.#append(test, begun);
      if (begun.known !== undefined || !(isAlways || hasFailed || begun.app.isStrict())) continue;
      const page = begun.app.read();
      begun.known = { read: () => page, forget: () => {} };
    }
  }

  end(test: object, isAlone: boolean, failure: string | undefined): string[] {
    const about = this.#options.about(test);
    const hasFailed = failure !== undefined && about.isToFail !== true;
    const isAlways = this.#options.policy === "always";
    const told: string[] = [];
    if (isAlways || hasFailed) {
      for (const begun of this.#of(test, isAlone)) {
        const page = (begun.known === undefined ? begun.app.read() : begun.known.read()) as Page | undefined;
        if (page === undefined || (page.entries.length === 0 && begun.file === undefined)) continue;
        const file = this.#fileOf(test, begun);
        appendFileSync(file.path, file.writer.more(page) + file.writer.end(page, hasFailed ? failure : undefined));
        if (hasFailed) told.push(`pushrig: trace of ${nameOf(begun.app)}: ${shown(file.path)}`);
      }
      if (hasFailed && !isAlone && [...this.#shared.values()].some(({ isDefault }) => isDefault)) {
        const { apart = "give each its createMockPusher()" } = this.#options;
        told.push(`pushrig: no trace of the default app, which concurrent tests share: ${apart}`);
      }
    }
    for (const all of [this.#own, this.#used]) {
      for (const { known } of all.get(test)?.values() ?? []) known?.forget();
      all.delete(test);
    }
    return told;
  }

  #of(test: object, isAlone: boolean): Begun[] {
    const own = [...(this.#own.get(test)?.values() ?? [])];
    if (!isAlone) return own;
    for (const app of this.#shared.values()) this.#begun(test, app);
    return [...(this.#used.get(test)?.values() ?? []), ...own];
  }

  #begun(test: object, app: TracedApp): Begun {
    const all = app.owner === undefined ? this.#used : this.#own;
    const apps = all.get(test) ?? new Map<number, Begun>();
    all.set(test, apps);
    const known = apps.get(app.number);
    if (known !== undefined) return known;
    const begun = { app };
    apps.set(app.number, begun);
    return begun;
  }

  #append(test: object, begun: Begun): void {
    const page = begun.app.read() as Page | undefined;
    if (page === undefined || (page.entries.length === 0 && begun.file === undefined)) return;
    const { path, writer } = this.#fileOf(test, begun);
    const text = writer.more(page);
    if (text !== "") appendFileSync(path, text);
  }

  #fileOf(test: object, begun: Begun): NonNullable<Begun["file"]> {
    if (begun.file !== undefined) return begun.file;
    const { isToFail: _, ...about } = this.#options.about(test);
    const { app } = begun;
    const { dir } = this.#options;
    makeTraceFolder(dir);
    const path = join(dir, this.#nameFor(about, app));
    const of = { ...about, version: app.version, app: app.id };
    const writer = new TraceWriter(of, {
      // A gateway may be opened later.
      get secrets() {
        return app.secrets();
      },
    });
    writeFileSync(path, "");
    begun.file = { path, writer };
    return begun.file;
  }

  /** Legible, legal on every system, the same in every run, and another for each test, project, attempt and app. */
  #nameFor({ test, file, project, retry = 0, repeat = 0 }: TracedTest, { isDefault }: TracedApp): string {
    const whose = [...(project === undefined ? [] : [project]), file, test].join("\0");
    const hash = createHash("sha256").update(whose).digest("hex").slice(0, 6);
    const words = `${basename(file).replace(/\.[^.]*$/, "")} ${test}`
      .normalize("NFC")
      .replace(/[^\p{L}\p{N}._]+/gu, "-")
      .replace(/\.{2,}/g, ".");
    const legible = [...words]
      .slice(0, LONGEST_NAME)
      .join("")
      .replace(/^[-.]+|[-.]+$/g, "")
      .replace(DEVICE, "$1_");
    const attempt = `${repeat > 0 ? `-repeat${repeat}` : ""}${retry > 0 ? `-retry${retry}` : ""}`;
    const name = `${legible}-${hash}${attempt}${isDefault ? "" : "-app"}`;
    let own = name;
    for (let at = 2; this.#names.has(own); at += 1) own = `${name}-${at}`;
    this.#names.add(own);
    return `${own}.jsonl`;
  }
}

function nameOf({ isDefault, id }: TracedApp): string {
  return isDefault ? "the default app" : `the app ${id}`;
}

/** As somebody would type it. */
function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
