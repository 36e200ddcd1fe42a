// The processes that use a gateway from outside, as its owner knows them.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AttachedProcesses } from "../../lib/gateway/attached-processes.js";

let attached: AttachedProcesses;

beforeEach(() => {
  attached = new AttachedProcesses();
});

afterEach(() => {
  vi.useRealTimers();
  attached.close();
});

const join = (id: string): void => attached.join(id, { pid: 1, name: "worker.js" }, () => () => {});
const ask = (id: string): Promise<void> => attached.news(id, attached.generation, new AbortController().signal);

it("all hear of a restart before it begins, also those who are between two requests", async () => {
  join("one");
  join("two");
  const first = ask("one");
  const done = vi.fn();
  const restart = attached.restarts().then(done);
  await Promise.resolve();
  expect(attached.isRestarting).toBe(false);
  const second = ask("two");
  await Promise.all([first, second, restart]);
  expect(attached.isRestarting).toBe(true);
  expect(done).toHaveBeenCalledOnce();
});

it("a restart goes on under frozen fake timers", async () => {
  vi.useFakeTimers();
  join("one");
  const asked = ask("one");
  await attached.restarts();
  await asked;
  expect(attached.isRestarting).toBe(true);
});

it("a restart waits for nobody who has gone", async () => {
  join("one");
  const restart = attached.restarts();
  attached.close();
  await restart;
  expect(attached.isRestarting).toBe(true);
});
