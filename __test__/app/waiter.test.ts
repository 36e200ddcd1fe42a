import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Outcome, timeoutOf, waitFor, type Condition } from "../../lib/app/waiter";
import { setTestRunner, testRunner } from "../../lib/events/test-runner";
import { RunningTests } from "../../lib/runners/running-tests";
import { run } from "../support/child";
import { messageOf } from "../support/rejected";

/** Something to wait for, that the test makes come true. */
class Scripted implements Condition<number> {
  readonly call = "channel.waits()";
  outcome: Outcome<number> | undefined;
  looks = 0;
  readonly watchers = new Set<() => void>();

  look(): Outcome<number> | undefined {
    this.looks += 1;
    return this.outcome;
  }

  watch(again: () => void): () => void {
    this.watchers.add(again);
    return () => this.watchers.delete(again);
  }

  late = (timeout: number): string => `not within ${timeout} ms`;

  become(outcome: Outcome<number>): void {
    this.outcome = outcome;
    for (const again of this.watchers) again();
  }
}

function textOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

function begin(wish: Condition<number>, timeout = 60_000): Promise<number> {
  return waitFor(wish, timeout, begin);
}

describe("a waiter", () => {
  it("looks once where it is true already, and watches nothing", async () => {
    const wish = new Scripted();
    wish.outcome = { value: 1 };
    expect(await begin(wish)).toBe(1);
    expect([wish.looks, wish.watchers.size]).toEqual([1, 0]);
  });

  it("looks again when there is something new, and watches no longer than it waits", async () => {
    const wish = new Scripted();
    const waiting = begin(wish);
    expect(wish.watchers.size).toBe(1);
    wish.become({ value: 2 });
    expect(await waiting).toBe(2);
    expect(wish.watchers.size).toBe(0);
  });

  it("ends at once when it cannot come true any more, with an error of the line that has called", async () => {
    const wish = new Scripted();
    const waiting = begin(wish);
    wish.become({ failure: "never" });
    const error = (await waiting.catch((error: unknown) => error)) as Error;
    expect(error.message).toBe("never");
    expect(error.stack).toMatch(/^Error: never\n +at .*waiter\.test\.ts:\d+:\d+/);
  });

  it("times out on the real clock, whatever the test has done to its timers", async () => {
    vi.useFakeTimers();
    const wish = new Scripted();
    expect(await messageOf(begin(wish, 20))).toBe("not within 20 ms");
    vi.useRealTimers();
    expect(wish.watchers.size).toBe(0);
  });

  it("looks a last time before it is too late", async () => {
    const wish = new Scripted();
    const waiting = begin(wish, 1);
    wish.outcome = { value: 3 };
    expect(await waiting).toBe(3);
  });

  it("waits no time at all when it is given none", async () => {
    expect(await messageOf(begin(new Scripted(), 0))).toBe("not within 0 ms");
  });

  it("hands on what looking throws, as a function of the test may", async () => {
    const wish = new Scripted();
    const mine = new Error("mine");
    const waiting = begin(wish);
    wish.look = () => {
      throw mine;
    };
    wish.become({ value: 1 });
    await expect(waiting).rejects.toBe(mine);
  });

  it("hands on that there is nothing to watch any more", async () => {
    const wish = new Scripted();
    const closed = new Error("closed");
    wish.watch = () => {
      throw closed;
    };
    await expect(begin(wish)).rejects.toBe(closed);
  });

  it("may be awaited after it has failed", async () => {
    const wish = new Scripted();
    wish.outcome = { failure: "never" };
    const waiting = begin(wish);
    expect(await messageOf(waiting)).toBe("never");
  });
});

describe("timeoutOf", () => {
  it("is a second unless said otherwise", () => {
    expect(timeoutOf({}, "it()")).toBe(1_000);
    expect(timeoutOf({ timeout: 0 }, "it()")).toBe(0);
    expect(() => timeoutOf({ timeout: "1" as never }, "it()")).toThrow(
      'pushrig: the timeout of it() is milliseconds from 0 to 2147483647, not "1"',
    );
  });
});

describe("a waiter that nobody awaits, under a plugin", () => {
  let before: ReturnType<typeof testRunner>;
  let tests: RunningTests;
  const test = {};

  beforeEach(() => {
    before = testRunner();
    tests = new RunningTests();
    setTestRunner(tests);
    tests.begin(test);
  });

  afterEach(() => setTestRunner(before as never));

  it.each<[string, Outcome<number> | undefined, string]>([
    ["was true", { value: 1 }, ""],
    ["has failed", { failure: "never" }, " It has failed: never"],
    ["still waits", undefined, ""],
  ])("fails its test once, names the line, and waits no longer: it %s", async (_, outcome, more) => {
    const wish = new Scripted();
    wish.outcome = outcome;
    void begin(wish);
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(() => tests.end(test)).toThrow(
      new RegExp(
        `^pushrig: nobody awaited channel\\.waits\\(\\) \\(.*waiter\\.test\\.ts:\\d+:\\d+\\), so the test has not waited for it\\. Write await before it\\.${more}$`,
      ),
    );
    expect(wish.watchers.size).toBe(0);
    expect(() => tests.endFile()).not.toThrow();
  });

  it.each<[string, string, (app: MockPusher) => unknown]>([
    ['channel("x").subscribed()', "by of", (app) => app.channel("x").subscribed({ by: 5 as never })],
    ['channel("x").received()', 'channel("x").received() takes', (app) => app.channel("x").received("")],
    ["idle()", "the timeout of", (app) => app.idle({ timeout: -1 })],
    ["during()", "during() takes a function", (app) => app.during(5 as never)],
    ['sentWebhook("moved")', "sentWebhook() knows no", (app) => app.sentWebhook("moved" as never)],
  ])("that was asked wrongly fails the test that has asked, and no other: %s", async (call, why, ask) => {
    const app = createMockPusher();
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    void ask(app);
    await new Promise<void>((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    app.close();
    const failure = textOf(() => tests.end(test));
    expect(failure).toContain(`pushrig: nobody awaited ${call} (`);
    expect(failure).toContain(` Write await before it. It has failed: pushrig: ${why}`);
  });

  it("is fine once somebody has taken it", async () => {
    const wish = new Scripted();
    const waiting = begin(wish);
    const all = Promise.all([waiting, 2]);
    wish.become({ value: 1 });
    expect(await all).toEqual([1, 2]);
    expect(() => tests.end(test)).not.toThrow();
  });
});

describe("a waiter that nobody awaits, where no plugin is", () => {
  const runCase = (name: string) => run("unawaited.cjs", import.meta.url, { args: [name] });

  it("is told on the console when the process ends, once each", async () => {
    const { stderr, code } = await runCase("true");
    expect(stderr).toMatch(
      /^pushrig: nobody awaited channel\("task-1"\)\.vacated\(\) \(.*unawaited\.cjs:\d+:\d+\), so the test has not waited for it\. Write await before it\.\n$/,
    );
    expect(code).toBe(0);
  });

  it("that fails is an unhandled rejection, as of any promise, and told at the end as well", async () => {
    const { stderr, code } = await runCase("failing");
    expect(stderr).toContain('Error: Nobody was subscribed to "task-1" within 5 ms.');
    expect(stderr).toMatch(
      /^pushrig: nobody awaited channel\("task-1"\)\.subscribed\(\) \(.*unawaited\.cjs:\d+:\d+\), so the test has not waited for it\. Write await before it\. It has failed: Nobody was subscribed to "task-1" within 5 ms\.$/m,
    );
    expect(code).toBe(1);
  });

  it("that fails is handled by whoever awaits it at once", async () => {
    const { stderr, code } = await runCase("caught");
    expect([stderr, code]).toEqual(["caught\n", 0]);
  });
});

describe("a waiter that is told of something new again and again", () => {
  it("looks for a part of the time only where a look takes long, and misses nothing", async () => {
    const wish = new Scripted();
    const looked: number[] = [];
    wish.look = () => {
      looked.push(performance.now());
      const until = performance.now() + 5;
      while (performance.now() < until);
      return wish.outcome;
    };
    const waiting = begin(wish);
    const start = performance.now();
    while (performance.now() - start < 100) {
      for (const again of wish.watchers) again();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    wish.become({ value: 4 });
    expect(await waiting).toBe(4);
    // A look of 5 ms and a pause of 10: seven in a tenth of a second, and the first and last one.
    expect(looked.length).toBeLessThan(12);
  });
});
