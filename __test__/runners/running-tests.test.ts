import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { watchPromise, WatchedPromise } from "../../lib/base/watched-promise";
import { RunningTests } from "../../lib/runners/running-tests";

/** Runs a "test" that leaves a promise behind, and answers what its end throws. */
async function endOf(leave: (promise: WatchedPromise<number>) => unknown) {
  const tests = new RunningTests();
  const test = {};
  tests.begin(test);
  const promise = watchPromise(Promise.resolve(1));
  tests.owe(promise, () => tests.fail(new Error("nobody took it"), undefined), undefined);
  await leave(promise);
  return thrownBy(() => tests.end(test));
}

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a promise that somebody has to take", () => {
  it("fails the test at its end when nobody has", async () => {
    expect(await endOf(() => {})).toEqual(new Error("nobody took it"));
  });

  it.each<[string, (promise: WatchedPromise<number>) => unknown]>([
    ["await", async (promise) => void (await promise)],
    ["then", (promise) => void promise.then(() => {})],
    ["catch", (promise) => void promise.catch(() => {})],
    ["finally", (promise) => void promise.finally(() => {})],
    ["Promise.all", (promise) => void Promise.all([promise, 1])],
    ["Promise.race", (promise) => void Promise.race([promise, new Promise(() => {})])],
    ["an async function that returns it", (promise) => void (async () => promise)()],
    [
      "for await",
      async (promise) => {
        for await (const _ of [promise]);
      },
    ],
  ])("was taken by %s", async (_, take) => {
    expect(await endOf(take)).toBeUndefined();
  });

  it("is a promise like any other", async () => {
    const promise = watchPromise(Promise.resolve(1));
    expect(promise).toBeInstanceOf(Promise);
    expect(promise.then(() => {})).not.toBeInstanceOf(WatchedPromise);
    expect(await promise).toBe(1);
    await expect(watchPromise(Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("is asked for in the test that it belongs to, while another one runs", () => {
    const tests = new RunningTests({ Storage: AsyncLocalStorage });
    const [first, second] = [{}, {}];
    for (const test of [first, second]) tests.begin(test, true);
    tests.inside(second, () => {
      const report = () => tests.fail(new Error("nobody took it"), second);
      tests.owe(watchPromise(Promise.resolve()), report, undefined);
    });
    expect(thrownBy(() => tests.end(first))).toBeUndefined();
    expect(thrownBy(() => tests.end(second))).toEqual(new Error("nobody took it"));
  });

  it("fails the file when it belongs to no test", () => {
    const tests = new RunningTests();
    tests.owe(watchPromise(Promise.resolve()), () => tests.fail(new Error("nobody took it"), undefined), undefined);
    expect(thrownBy(() => tests.endFile())).toEqual(new Error("nobody took it"));
  });
});

describe("the end of a test", () => {
  it("cleans up when no other test is running, and fails with what that finds, all at once", () => {
    const tests = new RunningTests();
    const [first, second] = [{}, {}];
    for (const test of [first, second]) tests.begin(test, true);
    const cleaned: string[] = [];
    tests.end(first, () => cleaned.push("after the first"));
    tests.fail(new Error("one"), second);
    const clean = () => {
      cleaned.push("after the second");
      tests.fail(new Error("two"), second);
      throw new Error("three");
    };
    expect(thrownBy(() => tests.end(second, clean))).toEqual(
      new AggregateError(
        [new Error("one"), new Error("two"), new Error("three")],
        "pushrig: 3 errors:\none\ntwo\nthree",
      ),
    );
    expect(cleaned).toEqual(["after the second"]);
  });
});
