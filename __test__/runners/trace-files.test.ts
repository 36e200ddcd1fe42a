// When traces read journals: as late as they can.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Page } from "../../lib/journal/entry.js";
import { readTrace } from "../../lib/journal/trace.js";
import { TraceFiles } from "../../lib/runners/trace-files.js";

let folder: string;
let test: object | undefined;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "pushrig-trace-files-")), "traces");
  test = {};
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const page: Page = {
  start: 0,
  forgotten: 0,
  last: 1,
  date: 0,
  base: [],
  before: [],
  taken: {},
  entries: [{ seq: 1, t: 0, kind: "triggered", channel: "room", event: "hello" }],
};

const filing = (policy: "on-failure" | "always"): TraceFiles =>
  new TraceFiles({ policy, dir: folder, about: () => ({ test: "a test", file: "a.test.ts" }), alone: () => test });

let latest = 0;
const app = (owner: object | undefined) => ({
  number: (latest += 1),
  id: `app-${latest}`,
  version: "0",
  isDefault: false,
  owner,
  isStrict: () => false,
  secrets: () => [],
  read: vi.fn(() => page),
  watch: () => () => {},
});
const known = () => ({ read: vi.fn(() => page), forget: vi.fn() });

const written = (): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")) : [];

it("reads nothing for a test that passes, and lets go of what it has closed", () => {
  const files = filing("on-failure");
  const [own, closed, shared] = [app(test), app(test), app(undefined)];
  for (const one of [own, closed, shared]) {
    files.began(one);
    files.look(one);
  }
  const end = known();
  files.ends(closed, end);
  files.keep(test!, true, false);
  expect(files.end(test!, true, undefined)).toEqual([]);
  for (const { read } of [own, closed, shared, end]) expect(read).not.toHaveBeenCalled();
  expect(end.forget).toHaveBeenCalledOnce();
  expect(written()).toEqual([]);
});

it("reads once each app of a test that has failed, also one that is closed", () => {
  const files = filing("on-failure");
  const [own, closed, shared] = [app(test), app(test), app(undefined)];
  for (const one of [own, closed, shared]) files.began(one);
  const end = known();
  files.ends(closed, end);
  files.keep(test!, true, true);
  expect(files.end(test!, true, "it has failed")).toHaveLength(3);
  for (const { read } of [own, end, shared]) expect(read).toHaveBeenCalledOnce();
  expect(closed.read).not.toHaveBeenCalled();
  expect(end.forget).toHaveBeenCalledOnce();
  const traces = written().map((name) => readTrace(readFileSync(join(folder, name), "utf8")));
  expect(traces).toMatchObject(Array.from({ length: 3 }, () => ({ failure: "it has failed", isCut: false })));
  expect(traces.flatMap(({ entries }) => entries)).toHaveLength(3);
});

it.each(["on-failure", "always"] as const)("lets go at once, with %s, of an app whose test is over", (policy) => {
  const files = filing(policy);
  const [late, shared] = [app(test), app(undefined)];
  files.began(late);
  files.began(shared);
  files.end(test!, true, undefined);
  test = undefined;
  const ends = [known(), known()];
  files.ends(late, ends[0]!);
  files.ends(shared, ends[1]!);
  for (const { forget } of ends) expect(forget).toHaveBeenCalledOnce();
});
