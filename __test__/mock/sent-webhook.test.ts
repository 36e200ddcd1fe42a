import { createMockPusher, onWebhook, pusherMockState, reset, sentWebhook, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { world } from "../support/world";
import { messageOf } from "../support/rejected";

let app: MockPusher;

beforeEach(() => {
  app = world();
});

afterEach(() => {
  vi.useRealTimers();
});

const join = (channel: string): void => app.state.subscribe("somebody", channel);
const leave = (channel: string): void => app.state.unsubscribe("somebody", channel);
const soon = { timeout: 50 };

describe("sentWebhook()", () => {
  it("sees what was sent, again and again, and what is sent later", async () => {
    app.onWebhook(() => {});
    join("task-1");
    for (let i = 0; i < 2; i += 1) {
      const { events, state } = await app.sentWebhook("channel_occupied");
      expect([events, state]).toEqual([[{ name: "channel_occupied", channel: "task-1" }], "delivered"]);
    }
    const waiting = app.sentWebhook("channel_occupied", { channel: "task-2" });
    join("task-2");
    expect((await waiting).events).toMatchObject([{ channel: "task-2" }]);
  });

  it("waits until the receiver has answered", async () => {
    const done: string[] = [];
    app.onWebhook(async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      done.push("handled");
    });
    join("task-1");
    await app.sentWebhook("channel_occupied");
    expect(done).toEqual(["handled"]);
  });

  it("is true of a receiver that fails, which says so", async () => {
    app.onWebhook(() => new Response(null, { status: 500 }));
    join("task-1");
    expect(await app.sentWebhook("channel_occupied")).toMatchObject({ state: "retrying", status: 500 });
  });

  it("waits for what is held back", async () => {
    app = world({ webhookHold: 20 });
    app.onWebhook(() => {});
    join("task-1");
    leave("task-1");
    expect((await app.sentWebhook("channel_vacated")).events).toMatchObject([{ channel: "task-1" }]);
  });

  it("waits for the n-th, and for those after a mark", async () => {
    app.onWebhook(() => {});
    join("task-1");
    await app.sentWebhook("channel_occupied");
    const since = app.mark();
    const third = app.sentWebhook("channel_occupied", undefined, { times: 2, since });
    join("task-2");
    join("task-3");
    expect((await third).events).toMatchObject([{ channel: "task-3" }]);
  });

  it("is there for the default app", async () => {
    const subscription = onWebhook(() => {});
    pusherMockState.subscribe("somebody", "task-1");
    expect((await sentWebhook("channel_occupied")).events).toMatchObject([{ channel: "task-1" }]);
    subscription.remove();
    reset();
  });

  it("says that nobody gets webhooks", async () => {
    join("task-1");
    expect(await messageOf(app.sentWebhook("channel_occupied", undefined, soon))).toBe(
      'No webhook with "channel_occupied" was sent and answered within 50 ms.\n' +
        "Nobody gets webhooks: name a receiver with onWebhook(), or with the option webhooks.",
    );
  });

  it("says what was sent instead, and how it differs", async () => {
    app.onWebhook(() => {});
    join("task-1");
    expect(await messageOf(app.sentWebhook("channel_occupied", { channel: "task-2" }, soon))).toBe(
      'No webhook with "channel_occupied" {"channel":"task-2"} was sent and answered within 50 ms.\nSent were:\n' +
        '  {"name":"channel_occupied","channel":"task-1"} (delivered)  channel: "task-1" where "task-2" is expected',
    );
  });

  it("says that it is held back, and how to have it sooner", async () => {
    app.onWebhook(() => {}, { events: ["channel_vacated"] });
    join("task-1");
    leave("task-1");
    expect(await messageOf(app.sentWebhook("channel_vacated", undefined, soon))).toMatch(
      /^No webhook with "channel_vacated" was sent and answered within 50 ms\.\nUnder way:\n  1 webhook event held back: channel_vacated of "task-1", due in [\d,]+ ms\nDepartures are held back, as with Pusher: configure\(\{ webhookHold: 0 \}\), or a longer timeout\.$/,
    );
  });

  it("says how to move fake timers", async () => {
    vi.useFakeTimers();
    app.onWebhook(() => {}, { events: ["channel_vacated"] });
    join("task-1");
    leave("task-1");
    expect(await messageOf(app.sentWebhook("channel_vacated", undefined, soon))).toContain(
      "Fake timers are on, and they stand still.  await vi.advanceTimersByTimeAsync(3_000)",
    );
    const waiting = app.sentWebhook("channel_vacated");
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await waiting).state).toBe("delivered");
  });

  it("says that it has no answer yet", async () => {
    let answer = () => {};
    app.onWebhook(() => new Promise<void>((resolve) => (answer = resolve)));
    join("task-1");
    expect(await messageOf(app.sentWebhook("channel_occupied", undefined, { times: 2, ...soon }))).toBe(
      'Only 1 of 2 webhooks with "channel_occupied" was sent and answered within 50 ms.\nSent were:\n' +
        '  {"name":"channel_occupied","channel":"task-1"} (sending)\nUnder way:\n' +
        '  1 webhook without an answer: channel_occupied of "task-1" to a handler in this process',
    );
    answer();
  });

  it("knows the events that there are, and its options", async () => {
    await expect(app.sentWebhook("member_aded" as never)).rejects.toThrow(
      'pushrig: sentWebhook() knows no webhook event "member_aded"; did you mean "member_added"? The events are channel_occupied, ',
    );
    await expect(app.sentWebhook("member_added", {}, { timeout: -1 })).rejects.toThrow(
      'pushrig: the timeout of sentWebhook("member_added") is milliseconds from 0 to 2147483647, not -1',
    );
    const other = createMockPusher();
    await expect(app.sentWebhook("member_added", {}, { since: other.mark() })).rejects.toThrow(
      'pushrig: since of sentWebhook("member_added") is a mark of another app.',
    );
    other.close();
  });

  it("ends at once when its app is closed, and says so of one that was", async () => {
    const waiting = messageOf(app.sentWebhook("member_added", undefined, { timeout: 60_000 }));
    app.close();
    expect(await waiting).toBe('sentWebhook("member_added") waits for an app that was closed meanwhile.');
    await expect(app.sentWebhook("member_added")).rejects.toThrow("pushrig: this app was closed");
  });
});
