import { describe, expect, it, onTestFinished, vi } from "vitest";
import * as assert from "../../lib/runners/matchers/assertions";
import type { Entry } from "../../lib/journal/entry";
import { JOURNAL, type Journaled, type Subject } from "../../lib/journal/subject";
import { setTestRunner, testRunner } from "../../lib/events/test-runner";
import { RunningTests } from "../../lib/runners/running-tests";
import { MATCHERS } from "../../lib/runners/matchers/table";
import type { PushrigMatchers } from "pushrig/matchers";

expect.extend(MATCHERS satisfies Record<keyof PushrigMatchers, unknown>);

/** An app whose journal is written by hand. */
function world() {
  const entries: Entry[] = [];
  const watching = new Set<() => void>();
  const webhooks: Array<{ seq: number; events: Array<{ name: string; channel: string }> }> = [];
  const page = { start: 0, forgotten: 0 };
  const app = {
    appId: 1,
    journal: {
      read: ({ after = 0 } = {}) => ({
        ...page,
        last: entries.at(-1)?.seq ?? 0,
        date: 0,
        base: [],
        before: [],
        taken: {},
        entries: entries.filter(({ seq }) => seq > Math.max(after, page.forgotten)),
      }),
      watch: (onNew: () => void) => {
        watching.add(onNew);
        return () => watching.delete(onNew);
      },
      get seq() {
        return entries.at(-1)?.seq ?? 0;
      },
    },
    idle: () => Promise.resolve(),
    webhooks: () => webhooks,
  };
  const subject = (about: Partial<Subject>): Journaled => ({ [JOURNAL]: () => ({ app, ...about }) });
  const note = (entry: Omit<Entry, "seq" | "t">) => {
    const seq = entries.length + 1;
    entries.push({ seq, t: seq * 1.1, ...entry });
    for (const onNew of watching) onNew();
    return seq;
  };
  return {
    note,
    page,
    webhooks,
    watching,
    app: subject({}),
    channel: (channel: string) => subject({ channel }),
    client: { ...subject({ client: { connectionId: "c1" } }), connectionId: "c1" },
    act: (from: number, to: number) => subject({ from, to }),
    /** What a server triggers, with a source line. */
    trigger: (channel: string, event: string, data: unknown = {}) =>
      note({
        kind: "triggered",
        channel,
        event,
        data: JSON.stringify(data),
        subscribers: 0,
        at: `src/chat.ts:${entries.length + 1}:3`,
      }),
    /** A client that is called ada, connects and subscribes. */
    ada: (channel: string) => {
      note({ kind: "connected", connection: "c1", client: 1, name: "ada", door: "process", socketId: "1.1" });
      note({ kind: "subscribing", connection: "c1", client: 1, channel });
      note({ kind: "subscribed", connection: "c1", client: 1, channel });
    },
  };
}

function thrownBy(act: () => void): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

/** The text of what is thrown, or rejects. */
async function textOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}

describe("toHaveTriggered", () => {
  it("holds for what was triggered on the channel, in the app, or in the stretch", () => {
    const { trigger, note, channel, app, act } = world();
    trigger("task-1", "new-message", { id: "m1", author: { name: "Ann", age: 36 } });
    note({ kind: "client-event", channel: "private-1", event: "client-typing", connection: "c1", subscribers: 2 });
    expect(channel("task-1")).toHaveTriggered();
    expect(channel("task-1")).toHaveTriggered("new-message");
    expect(channel("task-1")).toHaveTriggered("new-message", { author: { name: "Ann" } });
    expect(channel("task-1")).toHaveTriggered("new-message", {
      id: expect.stringMatching(/^m/),
      author: expect.any(Object),
    });
    expect(channel("task-1")).toHaveTriggered("new-message", (data: { id: string }) => data.id === "m1");
    expect(app).toHaveTriggered("client-typing");
    expect(channel("private-1")).toHaveTriggered("client-typing");
    expect(act(1, 2)).toHaveTriggered("client-typing");
    expect(act(1, 2)).not.toHaveTriggered("new-message");
    expect(act(0, 1)).not.toHaveTriggered("client-typing");
    expect(channel("task-2")).not.toHaveTriggered();
  });

  it("says that there was nothing", async () => {
    const { channel, app, act } = world();
    expect(await textOf(() => expect(channel("task-1")).toHaveTriggered())).toBe(
      'expected "task-1" to have triggered an event. Nothing was triggered.',
    );
    expect(await textOf(() => expect(act(0, 3)).toHaveTriggered())).toBe(
      "expected what during() ran to have triggered an event. Nothing was triggered while during() ran.",
    );
    expect(await textOf(() => expect(app).toHaveTriggered("read"))).toBe(
      [
        'expected the app to have triggered "read".',
        '"read" was never triggered. Nothing at all was triggered in this app: was the code that triggers reached, and is its server of this app?',
      ].join("\n"),
    );
  });

  it("shows the nearest events field by field, with their lines, and says why", async () => {
    const { trigger, channel } = world();
    trigger("task-1", "new_message", { id: "m1" });
    trigger("task-1", "new-message", { id: "m7", text: "hi" });
    trigger("room", "read", {});
    expect(await textOf(() => expect(channel("task-1")).toHaveTriggered("new-message", { id: "m1" }))).toBe(
      [
        'expected "task-1" to have triggered "new-message" {"id":"m1"}. Nearest of 3 events:',
        '  #2  task-1  new-message {"id":"m7","text":"hi"}  src/chat.ts:2:3  data.id: "m7" where "m1" is expected',
        '  #1  task-1  new_message {"id":"m1"}              src/chat.ts:1:3  the name: "_" where "-" is expected',
        '"new-message" was triggered once on "task-1", but never with {"id":"m1"}.',
      ].join("\n"),
    );
    expect(await textOf(() => expect(channel("task-1")).toHaveTriggered("new-massage"))).toBe(
      [
        'expected "task-1" to have triggered "new-massage". Nearest of 3 events:',
        '  #2  task-1  new-message {"id":"m7","text":"hi"}  src/chat.ts:2:3  the name: "e" where "a" is expected',
        '  #1  task-1  new_message {"id":"m1"}              src/chat.ts:1:3  the name: "new_message" where "new-massage" is expected',
        '"new-massage" was never triggered on "task-1" (2 other events were). Did you mean "new-message", triggered once?',
      ].join("\n"),
    );
  });

  it("shows with `not` what was triggered all the same", async () => {
    const { trigger, channel } = world();
    trigger("task-1", "new-message", { id: "m1" });
    trigger("task-1", "new-message", { id: "m2" });
    expect(await textOf(() => expect(channel("task-1")).not.toHaveTriggered("new-message", { id: "m2" }))).toBe(
      [
        'expected "task-1" not to have triggered "new-message" {"id":"m2"}, but it did:',
        '  #2  +0.0 ms  new-message on task-1 {"id":"m2"} → 0 clients  src/chat.ts:2:3',
      ].join("\n"),
    );
  });

  it("shows ten of many", async () => {
    const { trigger, app } = world();
    for (let n = 1; n <= 12; n += 1) trigger("task-1", "e", n);
    const text = await textOf(() => expect(app).not.toHaveTriggered("e"));
    expect(text.split("\n").slice(-2)).toEqual([
      "  #10  +9.9 ms  e on task-1 10 → 0 clients  src/chat.ts:10:3",
      "  … and 2 more",
    ]);
  });

  it("proves neither the one nor the other once the journal has forgotten", async () => {
    const { trigger, app, page, act } = world();
    trigger("task-1", "a");
    trigger("task-1", "b");
    page.forgotten = 1;
    expect(app).toHaveTriggered("b");
    expect(act(1, 2)).not.toHaveTriggered("a");
    const forgotten =
      "the journal has forgotten the first events, it keeps 10,000 entries. mark() and during() look at less.";
    expect(await textOf(() => expect(app).not.toHaveTriggered("a"))).toBe(
      `it cannot be told whether the app has triggered "a": ${forgotten}`,
    );
    expect(await textOf(() => expect(app).toHaveTriggeredTimes("b", 1))).toBe(
      `it cannot be told how often the app has triggered "b": ${forgotten}`,
    );
    expect(await textOf(() => expect(app).not.toHaveTriggeredInOrder(["a", "b"]))).toBe(
      `it cannot be told whether the app has triggered "a", "b" in this order: ${forgotten}`,
    );
    expect(await textOf(() => expect(app).toHaveTriggered("a"))).toBe(
      [
        'expected the app to have triggered "a". Nearest of 1 event:',
        '  #2  task-1  b {}  src/chat.ts:2:3  the name: "b" where "a" is expected',
        '"a" was not triggered since #1; whether it was before is not known any more: the journal remembers nothing older. Ask sooner, or reset() between tests.',
      ].join("\n"),
    );
    expect(() => expect(app).not.toHaveTriggeredTimes("b", 0)).not.toThrow();
  });
});

describe("toHaveTriggeredTimes", () => {
  it("counts", async () => {
    const { trigger, app, channel } = world();
    trigger("task-1", "e", 1);
    trigger("task-2", "e", 2);
    expect(app).toHaveTriggeredTimes("e", 2);
    expect(channel("task-1")).toHaveTriggeredTimes("e", 1);
    expect(channel("task-3")).toHaveTriggeredTimes("e", 0);
    expect(app).not.toHaveTriggeredTimes("e", 1);
    const two = [
      "  #1  +0.0 ms  e on task-1 1 → 0 clients  src/chat.ts:1:3",
      "  #2  +1.1 ms  e on task-2 2 → 0 clients  src/chat.ts:2:3",
    ];
    expect(await textOf(() => expect(app).toHaveTriggeredTimes("e", 1))).toBe(
      ['expected the app to have triggered "e" once, but it was twice:', ...two].join("\n"),
    );
    expect(await textOf(() => expect(app).toHaveTriggeredTimes("e", 3))).toBe(
      ['expected the app to have triggered "e" 3 times, but it was twice:', ...two].join("\n"),
    );
    expect(await textOf(() => expect(app).not.toHaveTriggeredTimes("e", 2))).toBe(
      ['expected the app not to have triggered "e" twice, but it was:', ...two].join("\n"),
    );
    expect(await textOf(() => expect(channel("task-3")).not.toHaveTriggeredTimes("e", 0))).toBe(
      'expected "task-3" not to have triggered "e" 0 times, but it was.',
    );
    expect(await textOf(() => expect(channel("task-1")).toHaveTriggeredTimes("f", 1))).toBe(
      [
        'expected "task-1" to have triggered "f" once. Nearest of 2 events:',
        '  #1  task-1  e 1  src/chat.ts:1:3  the name: "e" where "f" is expected',
        '  #2  task-2  e 2  src/chat.ts:2:3  the name: "e" where "f" is expected; the channel: "task-2" where "task-1" is expected',
        '"f" was never triggered on "task-1" (1 other event was). Did you mean "e", triggered once?',
      ].join("\n"),
    );
  });
});

describe("toHaveTriggeredInOrder", () => {
  it("lets others come between", async () => {
    const { trigger, app, channel } = world();
    trigger("task-1", "started");
    trigger("task-2", "progress", { percent: 50 });
    trigger("task-1", "progress", { percent: 100 });
    trigger("task-1", "done");
    expect(app).toHaveTriggeredInOrder(["started", "done"]);
    expect(app).toHaveTriggeredInOrder(["progress", { event: "progress", channel: "task-1" }, "done"]);
    expect(channel("task-1")).toHaveTriggeredInOrder([{ data: {} }, { event: "progress", data: { percent: 100 } }]);
    expect(app).not.toHaveTriggeredInOrder(["done", "started"]);
    expect(
      await textOf(() => expect(channel("task-1")).toHaveTriggeredInOrder(["done", { event: "started", data: {} }])),
    ).toBe(
      [
        'expected "task-1" to have triggered in this order: "done", "started" {}. After #4 there was no "started" {}. Triggered were:',
        "  #1  +0.0 ms  started on task-1 {} → 0 clients                src/chat.ts:1:3",
        '  #3  +2.2 ms  progress on task-1 {"percent":100} → 0 clients  src/chat.ts:3:3',
        "  #4  +3.3 ms  done on task-1 {} → 0 clients                   src/chat.ts:4:3",
      ].join("\n"),
    );
    expect(await textOf(() => expect(app).toHaveTriggeredInOrder([{ event: "read", channel: "task-9" }]))).toMatch(
      /^expected the app to have triggered in this order: "read" on "task-9"\. There was no "read" on "task-9"\. Triggered were:\n/,
    );
    expect(await textOf(() => expect(channel("task-9")).toHaveTriggeredInOrder(["read"]))).toBe(
      'expected "task-9" to have triggered in this order: "read". There was no "read": nothing was triggered.',
    );
    expect(await textOf(() => expect(app).not.toHaveTriggeredInOrder(["started", "done"]))).toBe(
      [
        'expected the app not to have triggered in this order: "started", "done". It did:',
        "  #1  +0.0 ms  started on task-1 {} → 0 clients  src/chat.ts:1:3",
        "  #4  +3.3 ms  done on task-1 {} → 0 clients     src/chat.ts:4:3",
      ].join("\n"),
    );
  });
});

describe("toHaveSubscribers", () => {
  it("counts who is there now", async () => {
    const { ada, note, channel } = world();
    ada("task-1");
    expect(channel("task-1")).toHaveSubscribers(1);
    expect(await textOf(() => expect(channel("task-1")).not.toHaveSubscribers(1))).toBe(
      'expected "task-1" not to have 1 subscriber, but it has: ada.',
    );
    expect(await textOf(() => expect(channel("task-1")).toHaveSubscribers(2))).toBe(
      [
        'expected "task-1" to have 2 subscribers; it has 1: ada.',
        "  #2  +0.0 ms  ada subscribes to task-1",
        "  #3  +1.1 ms  ada is subscribed to task-1",
      ].join("\n"),
    );
    expect(await textOf(() => expect(channel("task_1")).toHaveSubscribers(1))).toBe(
      'expected "task_1" to have 1 subscriber; it has none. Did you mean "task-1"? Somebody is subscribed to that. Nobody has subscribed to it.',
    );
    note({ kind: "left", connection: "c1", client: 1, channel: "task-1", by: "unsubscribe" });
    expect(channel("task-1")).toHaveSubscribers(0);
    expect(await textOf(() => expect(channel("task-1")).not.toHaveSubscribers(0))).toBe(
      'expected "task-1" not to have no subscribers.',
    );
  });

  it("knows of a connection that was closed, and of a refusal", async () => {
    const { ada, note, channel } = world();
    ada("task-1");
    note({ kind: "closed", connection: "c1", client: 1, code: 1006, by: "service" });
    expect(channel("task-1")).toHaveSubscribers(0);
    note({ kind: "subscribing", connection: "c1", client: 1, channel: "private-1" });
    note({
      kind: "refused",
      connection: "c1",
      client: 1,
      channel: "private-1",
      code: 403,
      text: "from /api/pusher/auth",
    });
    expect(await textOf(() => expect(channel("private-1")).toHaveSubscribers(1))).toBe(
      [
        'expected "private-1" to have 1 subscriber; it has none.',
        "  #5  +0.0 ms  ada subscribes to private-1",
        "  #6  +1.1 ms  private-1 is refused to ada: 403 from /api/pusher/auth",
      ].join("\n"),
    );
  });
});

describe("toHaveMembers", () => {
  it("wants these and no others", async () => {
    const { note, channel } = world();
    const room = channel("presence-room");
    note({ kind: "member-added", channel: "presence-room", user: "ann" });
    note({ kind: "member-added", channel: "presence-room", user: "1" });
    expect(room).toHaveMembers([1, "ann"]);
    expect(room).not.toHaveMembers(["ann"]);
    expect(await textOf(() => expect(room).toHaveMembers(["ann", "bob"]))).toBe(
      'expected "presence-room" to have the members ann and bob; it has the members ann and 1. Missing: bob. Not expected: 1.',
    );
    expect(await textOf(() => expect(room).not.toHaveMembers(["ann", 1]))).toBe(
      'expected "presence-room" not to have exactly the members ann and 1, but it has.',
    );
    note({ kind: "member-removed", channel: "presence-room", user: "ann" });
    note({ kind: "member-removed", channel: "presence-room", user: "1" });
    expect(room).toHaveMembers([]);
    expect(await textOf(() => expect(channel("presence-hall")).toHaveMembers(["ann"]))).toBe(
      'expected "presence-hall" to have the member ann; it has none. Missing: ann. Nobody has subscribed to it.',
    );
  });
});

describe("toHaveReceived", () => {
  it("says of a client whether its callbacks have had the event", async () => {
    const { ada, note, trigger, client, channel } = world();
    ada("task-1");
    note({ kind: "bound", connection: "c1", client: 1, channel: "task-1", event: "new-message", taken: 3 });
    trigger("task-1", "new-message", { id: "m1" });
    expect(client).toHaveReceived("task-1", "new-message");
    expect(client).toHaveReceived(channel("task-1") as never, "new-message", { id: "m1" });
    expect(client).not.toHaveReceived("task-1", "new-message", { id: "m2" });
    expect(client).not.toHaveReceived("task-2", "new-message");
  });

  it("says why not, with the steps and the nearest event", async () => {
    const { ada, trigger, client } = world();
    trigger("task-1", "new-message", { id: "m1" });
    ada("task-1");
    expect(await textOf(() => expect(client).toHaveReceived("task-1", "new-message", { id: "m1" }))).toBe(
      [
        'expected ada to have received "new-message" {"id":"m1"} on "task-1".',
        'ada was subscribed to "task-1" at #4; "new-message" went out at #1, 3.3 ms earlier. Pusher keeps no events for later subscribers (cache channels: the last one).',
        'Wait before triggering: await channel("task-1").subscribed({ by: "ada" })',
        '  #1  +0.0 ms  new-message on task-1 {"id":"m1"} → 0 clients  src/chat.ts:1:3',
        "  #3  +2.2 ms  ada subscribes to task-1",
        "  #4  +3.3 ms  ada is subscribed to task-1",
      ].join("\n"),
    );
    trigger("task-1", "new-message", { id: "m1" });
    expect(await textOf(() => expect(client).toHaveReceived("task-1", "new-message"))).toBe(
      [
        'expected ada to have received "new-message" on "task-1".',
        'ada is subscribed, but nothing is bound to "new-message" on "task-1".',
        '  #5  +0.0 ms  new-message on task-1 {"id":"m1"} → 0 clients  src/chat.ts:5:3',
      ].join("\n"),
    );
    expect(await textOf(() => expect(client).toHaveReceived("task-1", "new-message", { id: "m2" }))).toBe(
      [
        'expected ada to have received "new-message" {"id":"m2"} on "task-1".',
        '"new-message" was triggered 2 times on "task-1", but never with {"id":"m2"}.',
        "Nearest:",
        '  #5  task-1  new-message {"id":"m1"}  src/chat.ts:5:3  data.id: "m1" where "m2" is expected',
      ].join("\n"),
    );
  });
});

describe("toReceive", () => {
  function subscribed() {
    const all = world();
    all.ada("task-1");
    all.note({ kind: "bound", connection: "c1", client: 1, channel: "task-1", event: "new-message", taken: 3 });
    return all;
  }

  it("waits for what is still to come, and lets go of the journal", async () => {
    const { trigger, client, watching } = subscribed();
    const received = expect(client).toReceive("task-1", "new-message", { id: "m1" });
    trigger("task-1", "new-message", { id: "m2" });
    await Promise.resolve();
    trigger("task-1", "new-message", { id: "m1" });
    await received;
    expect(watching.size).toBe(0);
    await expect(client).toReceive("task-1", "new-message", { id: "m2" });
  });

  it("says what happened instead when its time is over", async () => {
    const { trigger, client, watching } = subscribed();
    trigger("task-1", "new-message", { id: "m7" });
    expect(await textOf(() => expect(client).toReceive("task-1", "new-message", { id: "m1" }, { timeout: 1 }))).toBe(
      [
        'expected ada to have received "new-message" {"id":"m1"} on "task-1" within 1 ms.',
        '"new-message" was triggered once on "task-1", but never with {"id":"m1"}.',
        "Nearest:",
        '  #5  task-1  new-message {"id":"m7"}  src/chat.ts:5:3  data.id: "m7" where "m1" is expected',
      ].join("\n"),
    );
    expect(watching.size).toBe(0);
  });

  it("counts what came after a mark only", async () => {
    const { trigger, client } = subscribed();
    trigger("task-1", "new-message", { id: "m1" });
    await expect(client).toReceive("task-1", "new-message", undefined, { since: { app: 1, seq: 4 } });
    expect(
      await textOf(() =>
        expect(client).toReceive("task-1", "new-message", undefined, { since: { app: 1, seq: 5 }, timeout: 1 }),
      ),
    ).toMatch(/never triggered on "task-1" since the mark at #5/);
  });

  it("is decided with `not` once nothing is under way, and not by a timeout", async () => {
    const { trigger, client } = subscribed();
    trigger("task-1", "other");
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    await expect(client).not.toReceive("task-1", "new-message");
    expect(warn).not.toHaveBeenCalled();
    trigger("task-1", "new-message", { id: "m1" });
    expect(await textOf(() => expect(client).not.toReceive("task-1", "new-message"))).toBe(
      [
        'expected ada not to have received "new-message" on "task-1".',
        'ada got "new-message" {"id":"m1"} on "task-1" (#6).',
        '  #6  +0.0 ms  new-message on task-1 {"id":"m1"} → 0 clients  src/chat.ts:6:3',
      ].join("\n"),
    );
  });

  it("warns where nothing was triggered that could have come, though a client is connected, subscribed and bound", async () => {
    const { client } = subscribed();
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    await expect(client).not.toReceive("task-1", "new-message");
    expect(warn.mock.calls).toEqual([
      [
        'pushrig: nothing was triggered, so it shows little that "new-message" on "task-1" has not come: the code under test may not ' +
          'have run yet. during(act) waits for it: expect(await during(() => act())).not.toHaveTriggered("new-message")',
      ],
    ]);
  });

  it("fails the test when nobody awaits it, as expect of Vitest and of Jest call it", async () => {
    const before = testRunner();
    onTestFinished(() => setTestRunner(before as never));
    const { client } = subscribed();
    for (const jest of [undefined, () => {}]) {
      const tests = new RunningTests();
      setTestRunner(tests);
      const test = {};
      tests.begin(test);
      const call = (isNot: boolean) => {
        const outcome = MATCHERS.toReceive.call(
          { isNot, dontThrow: jest },
          client,
          "task-1",
          "new-message",
        ) as Promise<any>;
        const handed = outcome.then(({ pass }: { pass: boolean }) => pass);
        return jest === undefined ? handed : handed.catch(() => "caught");
      };
      const forgotten = call(true);
      expect(await call(true)).toBe(false);
      expect(await textOf(() => tests.end(test))).toMatch(
        /^pushrig: nobody awaited expect\(…\)\.not\.toReceive\(\) \(__test__\/runners\/matchers\.test\.ts:\d+:\d+\), so the test has not waited for it\. Write await before it\.$/,
      );
      await forgotten;
    }
  });
});

describe("toHaveSentWebhook", () => {
  it("looks at the events of what was sent", async () => {
    const { webhooks, app, channel, act } = world();
    expect(await textOf(() => expect(app).toHaveSentWebhook("channel_occupied"))).toBe(
      'expected a webhook "channel_occupied" to have been sent. None was sent. They go to whom onWebhook() names; settledWebhooks() ' +
        "waits for those that are held back, and for what receivers answer.",
    );
    const occupied = { name: "channel_occupied", channel: "task-1" };
    webhooks.push({ seq: 3, events: [occupied, { name: "channel_vacated", channel: "task-2" }] });
    expect(app).toHaveSentWebhook("channel_occupied");
    expect(app).toHaveSentWebhook("channel_occupied", { channel: /^task-/ });
    expect(channel("task-1")).toHaveSentWebhook("channel_occupied");
    expect(channel("task-2")).not.toHaveSentWebhook("channel_occupied");
    expect(act(0, 3)).toHaveSentWebhook("channel_vacated");
    expect(act(3, 9)).not.toHaveSentWebhook("channel_vacated");
    expect(await textOf(() => expect(app).toHaveSentWebhook("channel_occupied", { channel: "task-2" }))).toBe(
      [
        'expected a webhook "channel_occupied" {"channel":"task-2"} to have been sent. Nearest of 2:',
        '  {"name":"channel_occupied","channel":"task-1"}  channel: "task-1" where "task-2" is expected',
        '  {"name":"channel_vacated","channel":"task-2"}  name: "channel_vacated" where "channel_occupied" is expected',
      ].join("\n"),
    );
    expect(await textOf(() => expect(app).not.toHaveSentWebhook("channel_occupied"))).toBe(
      [
        'expected a webhook "channel_occupied" not to have been sent, but it was:',
        '  {"name":"channel_occupied","channel":"task-1"}',
      ].join("\n"),
    );
  });
});

describe("what a matcher is asked of, and with", () => {
  const { app, channel, client, act } = world();
  const ofEvents =
    "a channel, as channel() answers it, an app (what createMockPusher() answers, or pusherMockState) or what during() answers";
  const server = { trigger() {}, config: {} };
  const own = { name: "task-1", bind() {} };
  const real = { subscribe() {}, bind() {}, connection: {} };

  it.each<[string, unknown, unknown[], string]>([
    ["toHaveTriggered", "task-1", ["e"], `is asked of ${ofEvents}, not of "task-1": give it channel("task-1")`],
    [
      "toHaveTriggered",
      own,
      ["e"],
      `is asked of ${ofEvents}, not of a client's channel object: give it channel("task-1")`,
    ],
    ["toHaveTriggered", server, ["e"], `is asked of ${ofEvents}, not of a server: give it channel(name)`],
    ["toHaveTriggered", Promise.resolve(), ["e"], `is asked of ${ofEvents}, not of a promise: await it first`],
    ["toHaveTriggered", () => {}, ["e"], `is asked of ${ofEvents}, not of a function: give it await during(() => …)`],
    ["toHaveReceived", vi.fn(), ["c", "e"], "is asked of a mock client, not of a function"],
    [
      "toHaveReceived",
      client,
      [vi.fn(), "e"],
      'takes the name of a channel, a string such as "task-1", and then the event, not a function',
    ],
    ["toHaveTriggered", undefined, ["e"], `is asked of ${ofEvents}, not of undefined`],
    ["toHaveTriggered", { a: 1 }, ["e"], `is asked of ${ofEvents}, not of an object`],
    [
      "toHaveTriggered",
      client,
      ["e"],
      `is asked of ${ofEvents}, not of a mock client: of a client there are toHaveReceived() and toReceive()`,
    ],
    [
      "toHaveSubscribers",
      app,
      [1],
      "is asked of a channel, as channel() answers it, not of an app: give it channel(name)",
    ],
    [
      "toHaveSubscribers",
      act(0, 1),
      [1],
      "is asked of a channel, as channel() answers it, not of what during() answers: give it channel(name)",
    ],
    [
      "toHaveReceived",
      real,
      ["c", "e"],
      "is asked of a mock client, not of a client of pusher-js itself: take a client of the mock: MockPusherClient, or pusher-js where a plugin swaps it",
    ],
    [
      "toHaveReceived",
      "ada",
      ["c", "e"],
      'is asked of a mock client, not of "ada": give it the client itself, not its name',
    ],
    [
      "toHaveReceived",
      channel("task-1"),
      ["c", "e"],
      "is asked of a mock client, not of a channel: give it the client that receives; toHaveTriggered() is asked of it",
    ],
    [
      "toHaveReceived",
      own,
      ["c", "e"],
      "is asked of a mock client, not of a client's channel object: give it the client that has subscribed to it",
    ],
    [
      "toHaveReceived",
      server,
      ["c", "e"],
      "is asked of a mock client, not of a server: give it the client that receives",
    ],
    ["toHaveTriggered", app, [5], 'takes the name of an event, a string such as "new-message", not 5'],
    ["toHaveTriggered", app, [""], 'takes the name of an event, a string such as "new-message", not ""'],
    ["toHaveTriggeredTimes", app, ["e"], "takes how many, a whole number from 0, not undefined"],
    ["toHaveTriggeredTimes", app, ["e", -1], "takes how many, a whole number from 0, not -1"],
    ["toHaveTriggeredTimes", app, [2, "e"], 'takes the name of an event, a string such as "new-message", not 2'],
    [
      "toHaveTriggeredInOrder",
      app,
      ["e"],
      'takes a list of events such as ["new-message", { event: "read", data: { by: "ann" } }], not "e"',
    ],
    [
      "toHaveTriggeredInOrder",
      app,
      [[]],
      'takes a list of events such as ["new-message", { event: "read", data: { by: "ann" } }], not []',
    ],
    [
      "toHaveTriggeredInOrder",
      app,
      [[5]],
      'takes events such as ["new-message", { event: "read", data: { by: "ann" } }], not 5 among them',
    ],
    ["toHaveSubscribers", channel("task-1"), ["1"], 'takes how many, a whole number from 0, not "1"'],
    ["toHaveMembers", channel("presence-1"), ["ann"], 'takes a list of user ids such as ["ann", "bob"], not "ann"'],
    [
      "toHaveMembers",
      channel("task-1"),
      [["ann"]],
      'is asked of presence channels, whose names begin with "presence-", not of "task-1": for others, count their subscribers',
    ],
    [
      "toHaveReceived",
      client,
      [undefined, "e"],
      'takes the name of a channel, a string such as "task-1", and then the event, not undefined',
    ],
    ["toHaveReceived", client, ["task-1"], 'takes the name of an event, a string such as "new-message", not undefined'],
    [
      "toHaveSentWebhook",
      app,
      [],
      "knows no webhook event undefined; the events are channel_occupied, channel_vacated, member_added, member_removed, client_event, " +
        "cache_miss, subscription_count",
    ],
    [
      "toHaveSentWebhook",
      app,
      ["channel_ocupied"],
      'knows no webhook event "channel_ocupied"; did you mean "channel_occupied"? The events are channel_occupied, channel_vacated, ' +
        "member_added, member_removed, client_event, cache_miss, subscription_count",
    ],
  ])("%s() of %j with %j is told how", async (matcher, subject, args, text) => {
    const message = `pushrig: ${matcher}() ${text}`;
    for (const isNot of [false, true]) {
      const call = () => MATCHERS[matcher].call({ isNot }, subject, ...args);
      expect(call).toThrow(new TypeError(message));
    }
  });

  it("names an unknown field of a step", () => {
    expect(() => expect(app).toHaveTriggeredInOrder([{ evnt: "e" } as never])).toThrow(
      new TypeError(
        'pushrig: an event of toHaveTriggeredInOrder() has no field "evnt"; did you mean "event"? The fields are event, channel, data',
      ),
    );
  });

  it.each<[unknown, string]>([
    [5, "the last argument of toReceive() is an object such as { timeout: 500 }, not 5"],
    [{ timeuot: 5 }, 'toReceive() has no option "timeuot"; did you mean "timeout"? The options are timeout, since'],
    [{ timeout: -1 }, "the timeout of toReceive() is milliseconds from 0 to 2147483647, not -1"],
    [{ since: 5 }, "since in toReceive() is what mark() answers, not 5"],
    [{ since: { seq: 1, app: 2 } }, "since in toReceive() is a mark of another app; take mark() of the client's own"],
  ])("toReceive() with the options %j is told how", async (options, text) => {
    expect(await textOf(() => expect(client).toReceive("c", "e", undefined, options as never))).toBe(
      `pushrig: ${text}`,
    );
    expect(await textOf(() => expect(client).not.toReceive("c", "e", undefined, options as never))).toBe(
      `pushrig: ${text}`,
    );
  });
});

describe("the functions of pushrig/assert", () => {
  it("say what the matchers say", async () => {
    const { ada, note, trigger, channel, app, client, webhooks } = world();
    ada("presence-1");
    note({ kind: "member-added", channel: "presence-1", user: "ada" });
    note({ kind: "bound", connection: "c1", client: 1, channel: "presence-1", event: "e", taken: 4 });
    trigger("presence-1", "e", 1);
    webhooks.push({ seq: 6, events: [{ name: "member_added", channel: "presence-1" }] });
    const room = channel("presence-1") as never;
    const [world1, ada1] = [app, client] as any[];

    assert.triggered(room, "e", 1);
    assert.notTriggered(room, "f");
    assert.triggeredTimes(world1, "e", 1);
    assert.triggeredInOrder(world1, ["e"]);
    assert.subscribers(room, 1);
    assert.members(room, ["ada"]);
    assert.received(ada1, room, "e");
    assert.notReceived(ada1, "presence-1", "f");
    await assert.receives(ada1, "presence-1", "e");
    await assert.doesNotReceive(ada1, "presence-1", "f");
    assert.sentWebhook(world1, "member_added");
    assert.notSentWebhook(world1, "member_removed");

    const pairs: Array<[() => unknown, () => unknown]> = [
      [() => assert.triggered(room, "f"), () => expect(room).toHaveTriggered("f")],
      [() => assert.notTriggered(room, "e"), () => expect(room).not.toHaveTriggered("e")],
      [() => assert.triggeredTimes(room, "e", 2), () => expect(room).toHaveTriggeredTimes("e", 2)],
      [() => assert.triggeredInOrder(room, ["f"]), () => expect(room).toHaveTriggeredInOrder(["f"])],
      [() => assert.subscribers(room, 2), () => expect(room).toHaveSubscribers(2)],
      [() => assert.members(room, ["bob"]), () => expect(room).toHaveMembers(["bob"])],
      [() => assert.received(ada1, "c", "e"), () => expect(client).toHaveReceived("c", "e")],
      [() => assert.notReceived(ada1, room, "e"), () => expect(client).not.toHaveReceived("presence-1", "e")],
      [
        () => assert.receives(ada1, "c", "e", undefined, { timeout: 1 }),
        () => expect(client).toReceive("c", "e", undefined, { timeout: 1 }),
      ],
      [() => assert.doesNotReceive(ada1, room, "e"), () => expect(client).not.toReceive("presence-1", "e")],
      [() => assert.sentWebhook(world1, "cache_miss"), () => expect(app).toHaveSentWebhook("cache_miss")],
      [() => assert.notSentWebhook(world1, "member_added"), () => expect(app).not.toHaveSentWebhook("member_added")],
    ];
    for (const [asserts, expects] of pairs) {
      const text = await textOf(asserts);
      expect(text).toMatch(/^expected /);
      expect(text).toBe(await textOf(expects));
    }
  });

  it("throw what node:assert throws, from the test's own line", () => {
    const { app } = world();
    const failing = () => assert.triggered(app as never, "e");
    expect(failing).toThrow(
      expect.objectContaining({ name: "AssertionError", code: "ERR_ASSERTION", operator: "triggered" }),
    );
    const { stack } = thrownBy(failing);
    expect(stack?.split("\n    at ")[1]).toMatch(/^failing /);
  });

  it("call themselves by their own names where they are asked wrongly", async () => {
    expect(() => assert.triggered("task-1" as never, "e")).toThrow(
      /^pushrig: triggered\(\) is asked of .*: give it channel\("task-1"\)$/,
    );
    expect(await textOf(() => assert.receives("ada" as never, "c", "e"))).toMatch(
      /^pushrig: receives\(\) is asked of a mock client/,
    );
  });
});
