import { createMockPusher, MockPusherClient, pusherMockState } from "pushrig";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

beforeEach(() => {
  pusherMockState.reset();
});

const connect = () => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
const trigger = (channel: string, event: string, data: unknown = 1) => pusherMockState.trigger(channel, event, data);
describe("connection", () => {
  it("is connected at once", () => {
    expect(connect().connection.state).toBe("connected");
  });

  it.each([
    ["the default app", undefined, { key: "mock-pusher-key", cluster: "mock-cluster" }],
    ["the app of a rig", createMockPusher({ key: "own-key", cluster: "eu" }), { key: "own-key", cluster: "eu" }],
  ])("takes from %s what is given as undefined: the key, the cluster", async (_, rig, { key, cluster }) => {
    const options = Object.freeze({ cluster: undefined }) as never;
    const client = rig?.client(options) ?? new MockPusherClient(undefined as never, options);
    expect(client).toMatchObject({ key, options: { cluster }, config: { cluster }, connection: { key } });
    expect(client.connection.state).toBe("connected");
    client.disconnect();
    rig?.close();
  });

  it("has a connectionId of its own, as the state manager knows it", () => {
    const [first, second] = [connect(), connect()];
    expect([first.connectionId, second.connectionId]).toEqual(["mock-connection-1", "mock-connection-2"]);
    first.subscribe("task-1");
    expect(pusherMockState.getState().subscriptions[0]!.connectionId).toBe(first.connectionId);
  });

  it("has a legal socket_id", () => {
    expect(connect().connection.socket_id).toMatch(/^\d+\.\d+$/);
    expect(connect().connection.socket_id).not.toBe(connect().connection.socket_id);
  });

  it("is disconnected after disconnect(), which leaves every channel", () => {
    const client = connect();
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    client.disconnect();
    trigger("task-1", "e");
    expect(client.connection.state).toBe("disconnected");
    expect(pusherMockState.getState().subscriptions).toEqual([]);
    expect(callback).not.toHaveBeenCalled();
  });

  it("comes back with connect(), with its channels and bindings and a new socket_id", () => {
    const client = connect();
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    const before = client.connection.socket_id;
    client.disconnect();
    client.connect();
    trigger("task-1", "e", "after");
    expect(client.connection.state).toBe("connected");
    expect(client.connection.socket_id).not.toBe(before);
    expect(callback.mock.calls).toEqual([["after"]]);
  });

  it("of a second client is not touched when the first disconnects", () => {
    const [first, second] = [connect(), connect()];
    const callback = vi.fn();
    first.subscribe("task-1");
    second.subscribe("task-1").bind("e", callback);
    first.disconnect();
    trigger("task-1", "e");
    expect(second.connection.state).toBe("connected");
    expect(callback).toHaveBeenCalledOnce();
  });

  it("says how its state changes", () => {
    const client = connect();
    const changes: unknown[] = [];
    client.connection.bind("state_change", ({ previous, current }: any) => changes.push(`${previous} -> ${current}`));
    client.disconnect();
    client.connect();
    expect(changes).toEqual(["connected -> disconnected", "disconnected -> connecting", "connecting -> connected"]);
  });
});

describe("subscribe", () => {
  it("tells a hook that waits for pusher:subscription_succeeded", async () => {
    const channel = connect().subscribe("task-1");
    expect(channel.subscribed).toBe(false);
    await next(channel, "pusher:subscription_succeeded");
    expect(channel.subscribed).toBe(true);
    expect(channel.subscriptionPending).toBe(false);
  });

  it("tells it in a microtask, not before bind() has returned", async () => {
    const callback = vi.fn();
    connect().subscribe("task-1").bind("pusher:subscription_succeeded", callback);
    expect(callback).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(callback).toHaveBeenCalledOnce();
  });

  it("tells it before the first event, if that comes sooner", () => {
    const order: string[] = [];
    connect()
      .subscribe("task-1")
      .bind("pusher:subscription_succeeded", () => order.push("succeeded"))
      .bind("e", () => order.push("event"));
    trigger("task-1", "e");
    expect(order).toEqual(["succeeded", "event"]);
  });

  it("returns the same object while pending and while subscribed", async () => {
    const client = connect();
    const channel = client.subscribe("task-1");
    expect(client.subscribe("task-1")).toBe(channel);
    await next(channel, "pusher:subscription_succeeded");
    expect(client.subscribe("task-1")).toBe(channel);
    expect(client.channel("task-1")).toBe(channel);
    expect(client.allChannels()).toEqual([channel]);
  });

  it("returns a new object after unsubscribe, without the old one's bindings", async () => {
    const client = connect();
    const old = client.subscribe("task-1");
    const callback = vi.fn();
    old.bind("e", callback);
    await next(old, "pusher:subscription_succeeded");
    client.unsubscribe("task-1");
    expect(client.subscribe("task-1")).not.toBe(old);
    trigger("task-1", "e");
    expect(callback).not.toHaveBeenCalled();
  });

  it("again while the unsubscribe of a pending subscription waits takes that unsubscribe back", async () => {
    const client = connect();
    const channel = client.subscribe("task-1");
    client.unsubscribe("task-1");
    expect(client.subscribe("task-1")).toBe(channel);
    await next(channel, "pusher:subscription_succeeded");
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(1);
  });
});

describe("unsubscribe", () => {
  it("ends delivery on the channel and on no other", async () => {
    const client = connect();
    const [gone, kept] = [vi.fn(), vi.fn()];
    const channel = client.subscribe("task-1");
    channel.bind("e", gone);
    client.subscribe("task-2").bind("e", kept);
    await next(channel, "pusher:subscription_succeeded");
    client.unsubscribe("task-1");
    trigger("task-1", "e");
    trigger("task-2", "e");
    expect(gone).not.toHaveBeenCalled();
    expect(kept).toHaveBeenCalledOnce();
    expect(client.channel("task-1")).toBeUndefined();
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(0);
  });

  it("right after subscribe leaves the channel as soon as it has it", async () => {
    const client = connect();
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    client.unsubscribe("task-1");
    await Promise.resolve();
    trigger("task-1", "e");
    expect(callback).not.toHaveBeenCalled();
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(0);
  });

  it("of a channel that was never subscribed is harmless", () => {
    connect().unsubscribe("never");
    expect(pusherMockState.getActiveChannels()).toEqual([]);
  });
});

describe("bind and unbind", () => {
  /** A channel with callbacks `a` and `b` on event `one` and `b` on event `two`, and who was called. */
  function bound() {
    const context = {};
    const called: string[] = [];
    const a = () => called.push("a");
    const b = () => called.push("b");
    const channel = connect().subscribe("task-1");
    channel.bind("one", a).bind("one", b, context).bind("two", b);
    const calls = () => {
      called.length = 0;
      trigger("task-1", "one");
      trigger("task-1", "two");
      return called.join("");
    };
    return { channel, a, b, context, calls };
  }

  it("calls in the order of binding", () => {
    expect(bound().calls()).toBe("abb");
  });

  it("unbind(event, callback) takes one callback of the event", () => {
    const { channel, b, calls } = bound();
    channel.unbind("one", b);
    expect(calls()).toBe("ab");
  });

  it("unbind(event) takes all of the event", () => {
    const { channel, calls } = bound();
    channel.unbind("one");
    expect(calls()).toBe("b");
  });

  it("unbind(null, callback) takes the callback from every event", () => {
    const { channel, b, calls } = bound();
    channel.unbind(null as any, b);
    expect(calls()).toBe("a");
  });

  it("unbind(null, null, context) takes what was bound with the context", () => {
    const { channel, context, calls } = bound();
    channel.unbind(null as any, null as any, context);
    expect(calls()).toBe("ab");
  });

  it("unbind() and unbind_all() take everything", () => {
    for (const method of ["unbind", "unbind_all"] as const) {
      const { channel, calls } = bound();
      expect(channel[method]()).toBe(channel);
      expect(calls()).toBe("");
    }
  });

  it("unbind_all() takes the global callbacks too, unbind() does not", () => {
    const { channel } = bound();
    const global = vi.fn();
    channel.bind_global(global);
    channel.unbind();
    trigger("task-1", "one");
    expect(global).toHaveBeenCalledWith("one", 1);
    channel.unbind_all();
    trigger("task-1", "one");
    expect(global.mock.calls.filter(([event]) => event === "one")).toHaveLength(1);
  });

  it("returns the channel or the client, for chaining", () => {
    const client = connect();
    const callback = () => {};
    expect(
      client.bind("e", callback).unbind("e", callback).bind_global(callback).unbind_global(callback).unbind_all(),
    ).toBe(client);
    const channel = client.subscribe("task-1");
    expect(
      channel.bind("e", callback).unbind("e", callback).bind_global(callback).unbind_global(callback).unbind_all(),
    ).toBe(channel);
    expect(client.connection.bind("error", callback).unbind("error", callback)).toBe(client.connection);
  });

  it("gives the context as this", () => {
    const context = { seen: 0 };
    connect()
      .subscribe("task-1")
      .bind(
        "e",
        function (this: typeof context, data: number) {
          this.seen = data;
        },
        context,
      );
    trigger("task-1", "e", 7);
    expect(context.seen).toBe(7);
  });

  it("takes event names as they are written: case matters, any text will do", () => {
    const client = connect();
    const [right, wrong] = [vi.fn(), vi.fn()];
    client.subscribe("task-1").bind("New:Message ü", right).bind("new:message ü", wrong);
    trigger("task-1", "New:Message ü");
    expect(right).toHaveBeenCalledOnce();
    expect(wrong).not.toHaveBeenCalled();
  });
});

describe("pusher.bind", () => {
  it("hears an event of every channel that is subscribed, after the channel's own callbacks", () => {
    const client = connect();
    const order: unknown[] = [];
    client.bind("e", (data: unknown) => order.push(["client", data]));
    client.subscribe("task-1").bind("e", (data: unknown) => order.push(["channel", data]));
    client.subscribe("task-2");
    trigger("task-1", "e", 1);
    trigger("task-2", "e", 2);
    trigger("task-3", "e", 3);
    expect(order).toEqual([
      ["channel", 1],
      ["client", 1],
      ["client", 2],
    ]);
  });

  it("hears all events with bind_global", () => {
    const client = connect();
    const heard: unknown[] = [];
    client.subscribe("task-1");
    client.bind_global((event: string, data: unknown) => heard.push([event, data]));
    trigger("task-1", "a", 1);
    trigger("task-1", "b", 2);
    expect(heard.filter(([event]: any) => !event.startsWith("pusher:"))).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });
});
