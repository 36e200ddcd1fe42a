/** A trace: the page's source where nothing runs. Who serves the page (`pushrig open FILE`) serves the file as `trace`. */

import { batch, signal } from "@preact/signals";
import type { Entry, Page } from "../journal/entry.js";
import { type Trace, TraceError, TraceReader } from "../journal/trace.js";
import { People } from "./people.js";
import type { Link, Source } from "./source.js";
import { type Row, EntryTimeline } from "./timeline.js";

/** Milliseconds of reading before the page is drawn, and clicks are answered. */
const SLICE = 30;

const CUT = "has no end: its process has died, or the file was cut. It is shown as far as it goes.";

export class Traced implements Source {
  readonly people = new People();
  /** All of it stays: nothing comes that needs the room. */
  readonly timeline = new EntryTimeline(this.people, Infinity);
  readonly version = signal(0);
  readonly link = signal<Link>("connecting");
  readonly trouble = signal("");
  readonly #about = signal<Source["about"]>(undefined);
  readonly #name: string;
  readonly #url: string;
  readonly #reader = new TraceReader();
  /** Whose names and subscriptions the rows go by. */
  #page: Page | undefined;
  /** Entries of which there are rows. */
  #taken = 0;

  /**
   * @param name how the file is called
   * @param url where it is read from
   */
  constructor(name: string, url: string) {
    this.#name = name;
    this.#url = url;
  }

  get about(): Source["about"] {
    return this.#about.value;
  }

  get date(): number {
    return this.#reader.trace?.page.date ?? 0;
  }

  start(): void {
    void this.#run();
  }

  /** Of the stretch from one reset to the next that the entry is in. */
  async journal(seq?: number): Promise<Page> {
    const { pages } = this.#reader.trace as Trace;
    return pages.findLast(({ start }) => seq === undefined || start < seq) ?? (pages[0] as Page);
  }

  /** There is no more of it than the trace has. */
  async whole(entry: Entry): Promise<Entry> {
    return entry;
  }

  changed(): void {
    this.version.value += 1;
  }

  async #run(): Promise<void> {
    const trouble = await this.#read().catch((error: unknown) => sentenceOf(error, this.#name));
    batch(() => {
      // Also what stands before a line that is damaged.
      this.#take();
      this.#tell();
      this.link.value = trouble === undefined ? "still" : "failed";
      this.trouble.value = trouble ?? "";
      this.changed();
    });
  }

  /** Reads all of it. Answers what is wrong with it. */
  async #read(): Promise<string | undefined> {
    this.#about.value = { title: this.#name };
    const response = await fetch(this.#url, { cache: "no-store" });
    if (!response.ok || response.body === null) return said(await response.text());
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let since = -Infinity;
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) break;
      this.#reader.read(value);
      this.#take();
      if (performance.now() - since < SLICE) continue;
      batch(() => {
        this.#tell();
        this.changed();
      });
      await drawn();
      since = performance.now();
    }
    const trace = this.#reader.end();
    return trace.isCut ? `${this.#name} ${CUT}` : undefined;
  }

  /** Makes rows of what was read. */
  #take(): void {
    const { pages = [], entries = [] } = this.#reader.trace ?? {};
    let at = this.#page === undefined ? -1 : pages.indexOf(this.#page);
    const rows: Row[] = [];
    for (const entry of entries.slice(this.#taken)) {
      for (let next = pages[at + 1]; next !== undefined && next.start < entry.seq; next = pages[at + 1]) {
        at += 1;
        this.#page = next;
        this.people.begin(next.base);
        if (at > 0) rows.push({ kind: "reset", after: next.start, text: "reset() began a new page." });
        const lost = next.forgotten - next.start;
        if (lost > 0) rows.push({ kind: "forgotten", after: next.forgotten, text: forgotten(lost) });
      }
      this.people.take(entry);
      rows.push(entry);
    }
    this.#taken = entries.length;
    this.timeline.add(rows);
  }

  /** What stands above the rows: of the test, and of its failure once that is known. */
  #tell(): void {
    const { header, failure } = this.#reader.trace ?? {};
    if (header === undefined) return;
    const of = [header.test, header.file].filter((text) => typeof text === "string" && text !== "");
    this.#about.value = { title: of.length === 0 ? this.#name : of.join(" · "), failure };
  }
}

/** What is wrong, in a sentence. */
function sentenceOf(error: unknown, name: string): string {
  if (error instanceof TraceError) return `${name} ${error.message}.`;
  return `${name} cannot be read: "pushrig open", which serves it, does not answer. Start it again, and load this page anew.`;
}

function forgotten(entries: number): string {
  const what = entries === 1 ? "1 older entry was" : `${entries.toLocaleString("en")} older entries were`;
  return `${what} forgotten before the trace was written.`;
}

function said(text: string): string {
  return text.trim().replace(/^pushrig: /, "");
}

/** Once the page was drawn. Tabs in the background are not. */
function drawn(): Promise<void> {
  return new Promise((resolve) => {
    if (document.hidden) setTimeout(resolve);
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}
