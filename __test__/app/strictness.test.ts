import { AsyncLocalStorage } from "node:async_hooks";
import { createMockPusher, type MockPusher } from "pushrig";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { setTestRunner, testRunner } from "../../lib/events/test-runner";
import { RunningTests } from "../../lib/runners/running-tests";

const ALL = ["unheard", "typo", "leak", "floating"] as const;
const strict = (reaction: "warn" | "error", ...mistakes: Array<(typeof ALL)[number]>) =>
  Object.fromEntries(mistakes.map((mistake) => [mistake, reaction]));

const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
beforeEach(() => {
  warn.mockClear();
});

const warnings = () => warn.mock.calls.map(([text]) => text as string);

function textOf(act: () => void): string | undefined {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

/** Makes each of the mistakes. */
function makeMistakes(app: MockPusher) {
  const ada = app.client({ name: "ada" });
  ada.subscribe("task-1").bind("new-message", () => {});
  void app.server.trigger("task_1", "new-message", {});
  void app.server.trigger("task-1", "new_message", {});
}

const UNHEARD = `pushrig: nobody was subscribed when "new-message" on "task_1" was triggered; did you mean "task-1", which has subscribers?`;
const TYPO = `pushrig: nobody has bound "new_message" on "task-1", and ada has bound "new-message" there: is one of them misspelt?`;
const LEAK = `was still subscribed to "task-1" with "new-message" bound. Clean up with unsubscribe(), unbind() or disconnect()`;
const floating = (call: string) =>
  `pushrig: nobody awaited ${call}: where it is sent for real, it may never be. Await or return it, or hand it to what keeps the ` +
  `function alive, as after() or waitUntil() do`;
/** A text as it is under a plugin, which knows the lines. */
const placed = (text: string) => text.replace(/(on "task.1"|"task-1"(?= with)|"\))/, "$1 (HERE)");

const FLOATING = [floating('trigger("task_1", "new-message")'), floating('trigger("task-1", "new_message")')];

describe("strictness", () => {
  it("takes nothing for a mistake by default", async () => {
    const app = createMockPusher();
    makeMistakes(app);
    app.reset();
    makeMistakes(app);
    app.close();
    expect(warnings()).toEqual([]);
  });

  it('prints a line for each mistake with "warn", at the reset at the latest, and throws nothing', () => {
    const app = createMockPusher({ strict: strict("warn", ...ALL) });
    makeMistakes(app);
    app.reset();
    expect(warnings()).toEqual([UNHEARD, TYPO, ...FLOATING, `pushrig: at the reset ada ${LEAK}`]);
    app.close();
    expect(warnings()).toHaveLength(5);
  });

  it.each<[string, string[]]>([
    ["unheard", [UNHEARD]],
    ["typo", [TYPO]],
    ["leak", [`pushrig: when the app was closed ada ${LEAK}`]],
    ["floating", FLOATING],
  ])('throws at the end of the app with "error" for %s, outside of a runner with a plugin', (mistake, texts) => {
    const app = createMockPusher({ strict: { [mistake]: "error" } });
    makeMistakes(app);
    expect(textOf(() => app.close())).toBe(texts.join("\n"));
    expect(warnings()).toEqual([]);
    // All is done before it throws, and it throws once.
    app.close();
    expect(() => app.client()).toThrow("pushrig: this app was closed");
  });

  it("throws at a reset once that is done, each error once", () => {
    const app = createMockPusher({ strict: strict("error", "unheard", "leak") });
    makeMistakes(app);
    expect(textOf(() => app.reset())).toBe(`${UNHEARD}\npushrig: at the reset ada ${LEAK}`);
    expect(app.state.getState()).toEqual({ channels: [], subscriptions: [] });
    app.reset();
    app.close();
  });

  it("never makes trigger throw", async () => {
    const app = createMockPusher({ strict: strict("error", ...ALL) });
    await app.server.trigger("task-1", "new-message", {});
    app.state.trigger("task-1", "new-message", {});
    expect(textOf(() => app.close())).toContain("nobody was subscribed");
  });

  it("is changed by configure(), field by field", () => {
    const app = createMockPusher({ strict: strict("warn", "unheard") });
    app.configure({ strict: { leak: "warn" } });
    makeMistakes(app);
    app.reset();
    expect(warnings()).toEqual([UNHEARD, `pushrig: at the reset ada ${LEAK}`]);
    app.configure({ strict: { leak: "ignore", unheard: "ignore" } });
    makeMistakes(app);
    app.close();
    expect(warnings()).toHaveLength(2);
  });

  it("looks at what was triggered after it was asked for", () => {
    const app = createMockPusher();
    makeMistakes(app);
    app.configure({ strict: strict("warn", "unheard", "typo", "floating") });
    app.close();
    expect(warnings()).toEqual([]);
  });

  it("says of a trigger soon what is wrong with it, where no test ends", async () => {
    const app = createMockPusher({ strict: strict("warn", "unheard") });
    await app.server.trigger("task-1", "new-message", {});
    await vi.waitFor(() => expect(warnings()).toEqual([expect.stringMatching(/^pushrig: nobody was subscribed when/)]));
    app.close();
    expect(warnings()).toHaveLength(1);
  });

  it("knows of users who are not there, and that a cache channel keeps its event", async () => {
    const app = createMockPusher({ strict: strict("warn", "unheard") });
    await app.server.sendToUser("ada", "invited", {});
    await app.server.trigger("cache-room", "new-message", {});
    await app.server.trigger("private-cache-room", "new-message", {});
    app.close();
    expect(warnings()).toEqual(['pushrig: nobody was signed in as "ada" when "invited" was sent there']);
  });

  it.each([
    [{ strict: "error" }, 'strict in createMockPusher() is an object such as { typo: "error" }, not "error"'],
    [
      { strict: { typos: "warn" } },
      'strict in createMockPusher() has no field "typos"; did you mean "typo"? The fields are unheard, typo, leak, floating',
    ],
    [{ strict: { leak: "fail" } }, 'strict.leak in createMockPusher() is one of "ignore", "warn", "error", not "fail"'],
  ])("refuses %j", (options, text) => {
    expect(() => createMockPusher(options as never)).toThrow(new TypeError(`pushrig: ${text}`));
  });
});

describe("a floating trigger", () => {
  const app = () => createMockPusher({ strict: strict("error", "floating") });

  it.each<[string, (promise: Promise<unknown>) => unknown]>([
    ["awaited", (promise) => (async () => void (await promise))()],
    ["returned from an async function", (promise) => (async () => promise)()],
    ["handled by catch", (promise) => promise.catch(() => {})],
    ["handled by then", (promise) => promise.then(() => {})],
    ["one of several in Promise.all", (promise) => Promise.all([promise, 1])],
  ])("is none that is %s", async (_, take) => {
    const world = app();
    await take(world.server.trigger("task-1", "e", {}));
    await take(world.server.triggerBatch([{ channel: "task-1", name: "e", data: {} }]));
    await take(world.server.sendToUser("ada", "e", {}));
    await take(world.server.trigger(["task-1", "task-2"], "e", {}));
    expect(textOf(() => world.close())).toBeUndefined();
  });

  it("answers as ever", async () => {
    const world = app();
    const answer = world.server.trigger("task-1", "e", {});
    expect(answer).toBeInstanceOf(Promise);
    expect((await answer).status).toBe(200);
    await expect(world.server.trigger("task-1", "e", "x".repeat(10_241))).rejects.toMatchObject({ status: 413 });
    world.close();
  });

  it("is told by each way to send", () => {
    const world = app();
    void world.server.trigger(["task-1", "task-2"], "e", {});
    void world.server.triggerBatch([{ channel: "task-1", name: "e", data: {} }]);
    void world.server.sendToUser("ada", "e", {});
    expect(textOf(() => world.close())).toBe(
      [
        floating('trigger(["task-1","task-2"], "e")'),
        floating('triggerBatch([{"channel":"task-1","name":"e","data":"{}"}])'),
        floating('sendToUser("ada", "e")'),
      ].join("\n"),
    );
  });

  it("is not kept for ever: of thousands the oldest are told before the end, and errors beyond a hundred are counted", () => {
    const world = createMockPusher({ strict: strict("warn", "floating") });
    for (let i = 0; i <= 1000; i += 1) void world.server.trigger("task-1", "e", {});
    expect(warnings()).toHaveLength(500);
    world.close();
    expect(warnings()).toHaveLength(1001);
    const failing = app();
    for (let i = 0; i < 1200; i += 1) void failing.server.trigger("task-1", "e", {});
    const lines = textOf(() => failing.close())?.split("\n");
    expect(lines).toHaveLength(101);
    expect(lines?.at(-1)).toBe("pushrig: and 1100 more");
  });

  it("is no unhandled rejection besides", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const world = app();
    void world.server.trigger("task-1", "e", "x".repeat(10_241));
    expect(textOf(() => world.close())).toMatch(/^pushrig: nobody awaited trigger\("task-1", "e"\)/);
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });
});

describe("under a plugin", () => {
  /** Runs an act as a test, and answers what its end throws. */
  function endOf(act: (tests: RunningTests) => void, ...mistakes: Array<(typeof ALL)[number]>): string | undefined {
    const before = testRunner();
    const tests = new RunningTests({ strict: strict("error", ...mistakes) });
    const test = {};
    setTestRunner(tests);
    try {
      tests.begin(test);
      act(tests);
      return textOf(() => tests.end(test))?.replaceAll(/__test__\/app\/strictness\.test\.ts:\d+:\d+/g, "HERE");
    } finally {
      setTestRunner(before as never);
    }
  }

  it.each<[(typeof ALL)[number], string]>([
    ["unheard", placed(UNHEARD)],
    ["typo", placed(TYPO)],
    ["floating", `pushrig: 2 errors:\n${FLOATING.map(placed).join("\n")}`],
  ])("fails the test that made the app with %s, as the plugin's options say", (mistake, text) => {
    expect(endOf(() => makeMistakes(createMockPusher()), mistake)).toBe(text);
  });

  it("fails the test with what a reset finds, which throws nothing", () => {
    const leaving = () => {
      const app = createMockPusher();
      makeMistakes(app);
      app.reset();
      app.close();
    };
    expect(endOf(leaving, "leak")).toBe(placed(`pushrig: at the reset ada ${LEAK}`));
  });

  it("tells each mistake once, whether the app is closed or not", () => {
    const closing = () => {
      const app = createMockPusher();
      makeMistakes(app);
      app.close();
    };
    expect(endOf(closing, "unheard", "floating")).toBe(
      `pushrig: 3 errors:\n${[UNHEARD, ...FLOATING].map(placed).join("\n")}`,
    );
  });

  it("lets an app say otherwise", () => {
    expect(endOf(() => makeMistakes(createMockPusher({ strict: { unheard: "ignore" } })), "unheard")).toBeUndefined();
  });

  it("fails the test that has triggered, of two at once in one app", () => {
    const before = testRunner();
    const tests = new RunningTests({ Storage: AsyncLocalStorage });
    setTestRunner(tests);
    try {
      const app = createMockPusher({ strict: strict("error", "unheard") });
      const [first, second] = [{}, {}];
      for (const test of [first, second]) tests.begin(test, true);
      tests.inside(first, () => app.state.trigger("of-the-first", "e", {}));
      tests.inside(second, () => app.state.trigger("of-the-second", "e", {}));
      expect(textOf(() => tests.end(first))).toContain("of-the-first");
      expect(textOf(() => tests.end(second))).toContain("of-the-second");
      app.close();
    } finally {
      setTestRunner(before as never);
    }
  });
});
