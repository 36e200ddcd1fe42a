/** `writeTrace()`: what has happened in an app, as a file. */

import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { secretsOf } from "../app/traced.js";
import type { Rig } from "../app/rig.js";
import { checkNames } from "../base/nearest.js";
import { makeTraceFolder } from "../base/trace-folder.js";
import { show } from "../base/shown.js";
import { type TraceOf, traceOf } from "../journal/trace.js";
import { native } from "../native/addon.js";
import { checkObject } from "../options/checks.js";

/** Options of `writeTrace()`. */
export interface TraceFileOptions {
  /** The name of the test. */
  test?: string;
  /** What it has failed with: an error, or its text. */
  failure?: unknown;
  /** Whether payloads are kept whole. Default: their first 2 KiB. */
  full?: boolean;
}

const OPTIONS = ["test", "failure", "full"];

/** Writes it, with the folders that are missing. Answers the absolute path. */
export function writeTraceOf(rig: Rig, file: string, options: TraceFileOptions = {}): string {
  rig.requireOpen();
  if (typeof file !== "string" || file === "") {
    throw new TypeError(
      `pushrig: writeTrace() takes the path of a file, such as ".pushrig/room.jsonl", not ${show(file)}`,
    );
  }
  checkObject(options, "writeTrace() takes options in an object such as { test: t.name, failure: error }");
  checkNames(options, OPTIONS, "writeTrace()", "option");
  const { test, failure, full } = options;
  const path = resolve(file);
  const of: TraceOf = { test, version: native.version(), app: rig.app.id };
  const folder = dirname(path);
  if (basename(folder) === ".pushrig") makeTraceFolder(folder);
  else mkdirSync(folder, { recursive: true });
  const text = failure === undefined ? undefined : failureText(failure);
  writeFileSync(path, traceOf(rig.journal.read(), of, text, { full, secrets: secretsOf(rig) }));
  return path;
}

function failureText(failure: unknown): string {
  const { name, message } = Object(failure) as { name?: unknown; message?: unknown };
  return typeof message === "string" ? `${typeof name === "string" ? `${name}: ` : ""}${message}` : String(failure);
}
