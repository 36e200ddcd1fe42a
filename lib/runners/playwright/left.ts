/** What a test that has failed leaves: its trace, and what it may not know. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { TestInfo } from "@playwright/test";
import { hintsIn } from "../../app/hints.js";
import type { Page } from "../../journal/entry.js";
import { traceOf } from "../../journal/trace.js";
import type { BoundInPages } from "../../journal/unheard.js";
import type { WorkerApp } from "./app-of-worker.js";

/** The file of a test's trace, and the name of its attachment. */
const TRACE = "pushrig.jsonl";
/** The name of what is told beside an error, which reporters print under it. */
const TOLD = "pushrig";
/** Hints that a test is given at most. */
const MOST_HINTS = 3;
/** Characters of an attachment that reporters print. */
const MOST_PRINTED = 300;

/** What there is to tell besides the error. */
export interface FailureNotes {
  /** What stands in the way of what the tests expect. */
  notes: readonly string[];
  /** What pages have bound; undefined where hints are turned off. */
  bound: BoundInPages | undefined;
}

/** Leaves a file among the results of the test, as Playwright does for its own trace, and tells what the error does not. */
export async function leave(
  app: WorkerApp,
  testInfo: TestInfo,
  failure: string,
  { notes, bound }: FailureNotes,
): Promise<void> {
  const tell = (text: string): Promise<void> => testInfo.attach(TOLD, { body: text, contentType: "text/plain" });
  const told = notes.map((note) => `pushrig: ${note}`);
  let page: Page;
  try {
    page = await app.remote.journal();
  } catch (error) {
    for (const text of [...told, `pushrig: there is no trace of this test: ${(error as Error).message}`])
      await tell(text);
    return;
  }
  const text = stripVTControlCharacters(failure);
  const hints = bound === undefined ? [] : newIn(text, page, bound);
  if (hints.length > 0) told.push(shortly(hints));
  writeTrace(app, testInfo, page, [text, ...told].join("\n\n"));
  for (const one of told) await tell(one);
}

function writeTrace({ key, secrets }: WorkerApp, testInfo: TestInfo, page: Page, why: string): void {
  const { version } = JSON.parse(readFileSync(`${__dirname}/../package.json`, "utf8")) as { version: string };
  const { titlePath, file, retry, repeatEachIndex: repeat } = testInfo;
  const test = titlePath.slice(1).join(" > ");
  const of = { test, file, runner: "playwright", version, app: key, retry, repeat };
  const path = testInfo.outputPath(TRACE);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, traceOf(page, of, why, { secrets }));
  // Where attach() would make a copy of another name.
  testInfo.attachments.push({ name: TRACE, path, contentType: "application/jsonl" });
}

/** What nobody heard and is nearly right, unless the failure says it already. */
function newIn(failure: string, page: Page, bound: BoundInPages): string[] {
  return hintsIn(page, page.start, bound)
    .filter(({ names }) => !names.every((name) => failure.includes(name)))
    .map(({ text }) => text);
}

/** As many hints as reporters print; at least one. */
function shortly(hints: readonly string[]): string {
  const text = (count: number): string => {
    const more = hints.length > count ? [`and ${hints.length - count} more`] : [];
    return ["pushrig: in this test", ...hints.slice(0, count), ...more].join("\n  ");
  };
  let count = Math.min(hints.length, MOST_HINTS);
  while (count > 1 && text(count).length > MOST_PRINTED) count -= 1;
  return text(count);
}
