/**
 * Where the gateways of this user's processes are: a file for each that listens, in a folder that nobody else can read, since it holds
 * the token. What stands in a file is tried, never trusted: see running-gateways.ts.
 */

import { lstatSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crypto, os } from "./builtin.js";
import { isLoopback } from "./loopback.js";

export interface Located {
  v: 1;
  /** Without TLS: the port takes both. With the prefix, if there is one. */
  url: string;
  pid: number;
  /** Process ids mean something on one machine, or in one container, only. */
  machine: string;
  /** The folder of its project. */
  project: string;
  token: string;
  /** It was opened by a test, and is meant for that. */
  isTest: boolean;
  /** Milliseconds since the epoch. */
  since: number;
}

/** A file of the folder, and what it says. */
export interface Found {
  file: string;
  located: Located;
}

/** One that is longer is no locator. */
const MOST_BYTES = 16_384;
/** Rights of others than the owner. */
const OTHERS = 0o077;
/** Windows has no such rights: its temporary folder is the user's own. */
const hasRights = process.platform !== "win32";

/** Of this thread: what is gone when it ends. */
const written = new Set<string>();
let isTidy = false;

/** The folder of this user's locators. */
export function locatorFolder(): string {
  const id =
    process.getuid?.() ??
    os()
      .userInfo()
      .username.replaceAll(/[^\w.-]/g, "_");
  return join(os().tmpdir(), `pushrig-${id}`);
}

/**
 * Writes down where a gateway is. Answers how to take that back, which happens by itself when the thread ends. A gateway that cannot be
 * written down is one that has to be named, nothing worse.
 */
export function locate(gateway: Omit<Located, "v" | "machine" | "pid" | "since">): () => void {
  const { port } = new URL(gateway.url);
  const located: Located = { v: 1, pid: process.pid, machine: os().hostname(), since: Date.now(), ...gateway };
  try {
    const folder = locatorFolder();
    makeFolder(folder);
    if (!isOwn(folder)) return () => {};
    const file = join(folder, `${process.pid}-${port || 80}-${crypto().randomBytes(4).toString("hex")}.json`);
    // Never over what is there already, and what is half written is no JSON and passed over.
    writeFileSync(file, JSON.stringify(located), { mode: 0o600, flag: "wx" });
    written.add(file);
    tidyAtExit();
    return () => forgetLocator(file);
  } catch {
    return () => {};
  }
}

/** Asking before whether it is there would be too early: another gateway may begin at the same moment. */
function makeFolder(folder: string): void {
  try {
    // Not recursive: where nothing can be made, as below /proc, Node would try for ever.
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Takes back a file: this thread's own, or one of a gateway that is gone. */
export function forgetLocator(file: string): void {
  written.delete(file);
  try {
    unlinkSync(file);
  } catch {
    // Somebody else has cleaned up.
  }
}

/** What this user's gateways have written down, the oldest first. */
export function locators(): Found[] {
  const folder = locatorFolder();
  let names: string[];
  try {
    if (!isOwn(folder)) return [];
    names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
  return names
    .flatMap((name) => read(join(folder, name)))
    .sort((one, other) => one.located.since - other.located.since);
}

/** Those of a project that other processes have, on this machine alone, and not for a test. */
export function locatorsOf(project: string): Located[] {
  return locators()
    .map(({ located }) => located)
    .filter((one) => one.project === project && one.pid !== process.pid && !one.isTest)
    .filter(({ url, pid }) => isLoopback(new URL(url).hostname) && isAlive(pid));
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's is there as well.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function read(file: string): Found[] {
  try {
    if (!isOwn(file)) return [];
    const located = JSON.parse(readFileSync(file, "utf8")) as Located;
    return isLocated(located) && located.machine === os().hostname() ? [{ file, located }] : [];
  } catch {
    return [];
  }
}

function isLocated(value: Partial<Located> | null): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { v, url, pid, project, token, since } = value;
  const areTexts = [url, project, token].every((text) => typeof text === "string");
  return v === 1 && areTexts && URL.canParse(url as string) && Number.isInteger(pid) && Number.isFinite(since);
}

/** Whether it is this user's, and nobody else can read or change it. A link is nobody's: it may lead anywhere. */
function isOwn(path: string): boolean {
  const status = lstatSync(path);
  const { uid, mode, size } = status;
  const isKind = status.isDirectory() || (status.isFile() && size <= MOST_BYTES);
  return isKind && (!hasRights || (uid === process.getuid?.() && (mode & OTHERS) === 0));
}

function tidyAtExit(): void {
  if (isTidy) return;
  isTidy = true;
  process.on("exit", () => {
    for (const file of written) forgetLocator(file);
  });
}
