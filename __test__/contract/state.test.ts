import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

beforeEach(() => {
  pusherMockState.reset();
});

afterEach(() => {
  vi.useRealTimers();
});

const connect = () => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });

describe("a connection without a client", () => {
  it("gets ids that count from 1 and start again after reset()", () => {
    expect(pusherMockState.generateConnectionId()).toBe("mock-connection-1");
    expect(pusherMockState.generateConnectionId()).toBe("mock-connection-2");
    pusherMockState.reset();
    expect(pusherMockState.generateConnectionId()).toBe("mock-connection-1");
  });

  it("may have any string as its id", () => {
    pusherMockState.subscribe("tab of Ada, 3rd", "task-1");
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(1);
    expect(pusherMockState.getChannelState("task-1")!.subscribers).toEqual(new Set(["tab of Ada, 3rd"]));
  });

  it("receives what is triggered on its channel, with one argument, before trigger returns", () => {
    const callback = vi.fn();
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.bind("a", "task-1", "new-message", callback);
    pusherMockState.trigger("task-1", "new-message", { messageId: "msg-123" });
    expect(callback.mock.calls).toEqual([[{ messageId: "msg-123" }]]);
  });

  it("may bind before it subscribes, and receives once it has subscribed", () => {
    const callback = vi.fn();
    pusherMockState.bind("a", "task-1", "e", callback);
    pusherMockState.trigger("task-1", "e", 1);
    expect(callback).not.toHaveBeenCalled();
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.trigger("task-1", "e", 2);
    expect(callback.mock.calls).toEqual([[2]]);
  });

  it("counts once however often it subscribes", () => {
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.subscribe("a", "task-1");
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(1);
  });

  it("receives nothing more after unsubscribe, and its bindings are gone when it comes back", () => {
    const callback = vi.fn();
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.bind("a", "task-1", "e", callback);
    pusherMockState.unsubscribe("a", "task-1");
    pusherMockState.trigger("task-1", "e", 1);
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.trigger("task-1", "e", 2);
    expect(callback).not.toHaveBeenCalled();
  });

  it("unbinds one callback and keeps the other", () => {
    const [first, second] = [vi.fn(), vi.fn()];
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.bind("a", "task-1", "e", first);
    pusherMockState.bind("a", "task-1", "e", second);
    pusherMockState.unbind("a", "task-1", "e", first);
    pusherMockState.trigger("task-1", "e", 1);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
  });

  it("unbinds an event's callbacks and keeps those of other events", () => {
    const [gone, kept] = [vi.fn(), vi.fn()];
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.bind("a", "task-1", "gone", gone);
    pusherMockState.bind("a", "task-1", "kept", kept);
    pusherMockState.unbind("a", "task-1", "gone");
    pusherMockState.trigger("task-1", "gone", 1);
    pusherMockState.trigger("task-1", "kept", 1);
    expect(gone).not.toHaveBeenCalled();
    expect(kept).toHaveBeenCalledOnce();
  });

  it("leaves every channel with disconnect()", () => {
    const callback = vi.fn();
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.subscribe("a", "task-2");
    pusherMockState.bind("a", "task-1", "e", callback);
    pusherMockState.disconnect("a");
    pusherMockState.trigger("task-1", "e", 1);
    expect(callback).not.toHaveBeenCalled();
    expect(pusherMockState.getActiveChannels()).toEqual([]);
    expect(pusherMockState.getSubscriptionState("a")).toBeUndefined();
  });

  it("may be unknown to unsubscribe, unbind and disconnect", () => {
    pusherMockState.unsubscribe("nobody", "task-1");
    pusherMockState.unbind("nobody", "task-1", "e");
    pusherMockState.disconnect("nobody");
    expect(pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
  });
});

describe("a client's connection", () => {
  it("can be subscribed, bound and looked at by its connectionId", () => {
    const client = connect();
    const callback = vi.fn();
    pusherMockState.subscribe(client.connectionId, "task-1");
    pusherMockState.bind(client.connectionId, "task-1", "e", callback);
    pusherMockState.trigger("task-1", "e", { a: 1 });
    expect(callback.mock.calls).toEqual([[{ a: 1 }]]);
    expect(pusherMockState.getSubscriptionState(client.connectionId)).toEqual({ channels: new Set(["task-1"]) });
  });

  it("is closed by disconnect(connectionId), which the client notices", async () => {
    const client = connect();
    const disconnected = next(client.connection, "disconnected");
    client.subscribe("task-1");
    pusherMockState.disconnect(client.connectionId);
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(0);
    await disconnected;
    expect(client.connection.state).toBe("disconnected");
  });
});

describe("history", () => {
  it("keeps channel, event, data and the time of the trigger in milliseconds", () => {
    vi.useFakeTimers({ now: 1_700_000_000_123 });
    pusherMockState.trigger("task-1", "new-message", { messageId: "msg-123" });
    expect(pusherMockState.getChannelMessages("task-1")).toEqual([
      { channel: "task-1", event: "new-message", data: { messageId: "msg-123" }, timestamp: 1_700_000_000_123 },
    ]);
  });

  it("holds the last 100 messages of a channel, oldest first", () => {
    for (let n = 1; n <= 105; n++) pusherMockState.trigger("task-1", "e", { n });
    const numbers = pusherMockState.getChannelMessages("task-1").map(({ data }) => data.n);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i + 6));
  });

  it("counts each channel's messages for itself", () => {
    for (let n = 1; n <= 101; n++) pusherMockState.trigger("task-1", "e", n);
    pusherMockState.trigger("task-2", "e", "only");
    expect(pusherMockState.getChannelMessages("task-2").map(({ data }) => data)).toEqual(["only"]);
  });

  it("is empty for a channel that nobody has used", () => {
    expect(pusherMockState.getChannelMessages("never")).toEqual([]);
  });

  it("gives the messages strictly later than a time", () => {
    vi.useFakeTimers({ now: 1000 });
    pusherMockState.trigger("task-1", "e", "at 1000");
    vi.setSystemTime(1001);
    pusherMockState.trigger("task-1", "e", "at 1001");
    const since = (time: number) => pusherMockState.getMessagesSince("task-1", time).map(({ data }) => data);
    expect(since(999)).toEqual(["at 1000", "at 1001"]);
    expect(since(1000)).toEqual(["at 1001"]);
    expect(since(1001)).toEqual([]);
  });

  it("is a snapshot: changing what it gives changes nothing", () => {
    pusherMockState.trigger("task-1", "e", { a: 1 });
    pusherMockState.getChannelMessages("task-1")[0]!.data.a = 2;
    pusherMockState.getChannelMessages("task-1").pop();
    expect(pusherMockState.getChannelMessages("task-1").map(({ data }) => data)).toEqual([{ a: 1 }]);
  });

  it("holds what was sent, whatever becomes of the object afterwards", () => {
    const data = { a: 1 };
    pusherMockState.trigger("task-1", "e", data);
    data.a = 2;
    expect(pusherMockState.getChannelMessages("task-1")[0]!.data).toEqual({ a: 1 });
  });

  it("forgets with reset()", () => {
    pusherMockState.trigger("task-1", "e", 1);
    pusherMockState.reset();
    expect(pusherMockState.getChannelMessages("task-1")).toEqual([]);
  });
});

describe("getState", () => {
  it("has exactly the documented structure", () => {
    for (const id of ["mock-connection-1", "mock-connection-2"]) pusherMockState.subscribe(id, "task-123");
    pusherMockState.bind("mock-connection-1", "task-123", "new-message", () => {});
    pusherMockState.bind("mock-connection-2", "task-123", "task-title-update", () => {});
    for (let n = 0; n < 45; n++) pusherMockState.trigger("task-123", "anything", n);
    expect(pusherMockState.getState()).toStrictEqual({
      channels: [
        { name: "task-123", subscriberCount: 2, messageCount: 45, events: ["new-message", "task-title-update"] },
      ],
      subscriptions: [
        { connectionId: "mock-connection-1", channelCount: 1, channels: ["task-123"] },
        { connectionId: "mock-connection-2", channelCount: 1, channels: ["task-123"] },
      ],
    });
  });

  it("shows a client's subscriptions and the events it has bound", () => {
    const client = connect();
    client
      .subscribe("task-1")
      .bind("new-message", () => {})
      .bind("new-message", () => {})
      .bind("task-title-update", () => {});
    client.subscribe("workspace-a");
    expect(pusherMockState.getState()).toStrictEqual({
      channels: [
        { name: "task-1", subscriberCount: 1, messageCount: 0, events: ["new-message", "task-title-update"] },
        { name: "workspace-a", subscriberCount: 1, messageCount: 0, events: [] },
      ],
      subscriptions: [{ connectionId: client.connectionId, channelCount: 2, channels: ["task-1", "workspace-a"] }],
    });
  });

  it("does not show what is only history, nor connections without a channel", () => {
    connect();
    pusherMockState.trigger("task-1", "e", 1);
    expect(pusherMockState.getState()).toStrictEqual({ channels: [], subscriptions: [] });
  });

  it("has no event any more when its last callback is unbound", () => {
    const channel = connect()
      .subscribe("task-1")
      .bind("e", () => {});
    channel.unbind("e");
    expect(pusherMockState.getState().channels[0]!.events).toEqual([]);
  });
});

describe("getChannelState", () => {
  it("gives subscribers, callbacks by event, and history", () => {
    const client = connect();
    const [first, second] = [vi.fn(), vi.fn()];
    client.subscribe("task-1").bind("e", first);
    pusherMockState.subscribe("b", "task-1");
    pusherMockState.bind("b", "task-1", "e", second);
    pusherMockState.trigger("task-1", "e", 1);
    const state = pusherMockState.getChannelState("task-1")!;
    expect(state.subscribers).toEqual(new Set([client.connectionId, "b"]));
    expect(state.eventCallbacks).toEqual(new Map([["e", new Set([first, second])]]));
    expect(state.messageHistory).toEqual(pusherMockState.getChannelMessages("task-1"));
    expect(state.messageHistory).toHaveLength(1);
  });

  it("is a snapshot: changing it changes nothing", () => {
    const callback = vi.fn();
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.bind("a", "task-1", "e", callback);
    const state = pusherMockState.getChannelState("task-1")!;
    state.subscribers.clear();
    state.eventCallbacks.clear();
    pusherMockState.trigger("task-1", "e", 1);
    expect(callback).toHaveBeenCalledOnce();
    expect(state.messageHistory).toEqual([]);
  });

  it("is undefined when nobody is subscribed, even if history remains", () => {
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.trigger("task-1", "e", 1);
    pusherMockState.unsubscribe("a", "task-1");
    expect(pusherMockState.getChannelState("task-1")).toBeUndefined();
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(1);
  });
});

describe("getSubscriptionState", () => {
  it("gives a connection's channels, as a snapshot", () => {
    pusherMockState.subscribe("a", "task-1");
    const before = pusherMockState.getSubscriptionState("a")!;
    pusherMockState.subscribe("a", "task-2");
    expect(before).toEqual({ channels: new Set(["task-1"]) });
    expect(pusherMockState.getSubscriptionState("a")).toEqual({ channels: new Set(["task-1", "task-2"]) });
  });

  it("is undefined for a connection without a channel", () => {
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.unsubscribe("a", "task-1");
    expect(pusherMockState.getSubscriptionState("a")).toBeUndefined();
    expect(pusherMockState.getSubscriptionState("never")).toBeUndefined();
  });
});

describe("counting", () => {
  it("is right on the line after subscribe, unsubscribe and disconnect", () => {
    const [first, second] = [connect(), connect()];
    first.subscribe("task-1");
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(1);
    second.subscribe("task-1");
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(2);
    second.disconnect();
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(1);
    pusherMockState.disconnect(first.connectionId);
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(0);
  });

  it("lists the channels that have subscribers", () => {
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.subscribe("a", "workspace-b");
    pusherMockState.trigger("only-history", "e", 1);
    expect(pusherMockState.getActiveChannels().sort()).toEqual(["task-1", "workspace-b"]);
    pusherMockState.unsubscribe("a", "task-1");
    expect(pusherMockState.getActiveChannels()).toEqual(["workspace-b"]);
  });

  it("sees what a server triggers as well", async () => {
    const server = new MockPusherServer({});
    await server.trigger(["task-1", "task-2"], "e", { a: 1 });
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(1);
    expect(pusherMockState.getChannelMessages("task-2")).toHaveLength(1);
  });
});
