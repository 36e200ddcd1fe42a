// The defects of the mock that this package replaces. Each stands here so that it does not come back.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as Pushrig from "pushrig";
import { configure, MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

const PACKAGE = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

beforeEach(() => {
  pusherMockState.reset();
});

afterEach(() => {
  configure({ delivery: "immediate" });
  vi.useRealTimers();
});

const server = new MockPusherServer({});
const connect = () => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
const trigger = (channel: string, event: string, data: unknown = 1) => pusherMockState.trigger(channel, event, data);

describe("the original mock's defects are not here", () => {
  it("1: pusher:subscription_succeeded comes", async () => {
    const channel = connect().subscribe("task-1");
    await next(channel, "pusher:subscription_succeeded");
    expect(channel.subscribed).toBe(true);
  });

  it("2: an event with colons in its name is unbound and cleaned up as any other", () => {
    const callback = vi.fn();
    const channel = connect().subscribe("task-1").bind("a:b:c", callback);
    pusherMockState.subscribe("x", "task-1");
    pusherMockState.bind("x", "task-1", "a:b:c", callback);
    trigger("task-1", "a:b:c");
    expect(callback).toHaveBeenCalledTimes(2);
    channel.unbind("a:b:c");
    pusherMockState.unbind("x", "task-1", "a:b:c", callback);
    trigger("task-1", "a:b:c");
    expect(callback).toHaveBeenCalledTimes(2);
    expect(pusherMockState.getState().channels[0]!.events).toEqual([]);
  });

  it("3: history stays when the last subscriber leaves", () => {
    const client = connect();
    client.subscribe("task-1");
    trigger("task-1", "e", "kept");
    client.disconnect();
    expect(pusherMockState.getSubscriberCount("task-1")).toBe(0);
    expect(pusherMockState.getChannelMessages("task-1").map(({ data }) => data)).toEqual(["kept"]);
  });

  it("4: unbind(event) of one client leaves every other client's callbacks", () => {
    const [mine, other, bare] = [vi.fn(), vi.fn(), vi.fn()];
    const channel = connect().subscribe("task-1").bind("e", mine);
    connect().subscribe("task-1").bind("e", other);
    pusherMockState.subscribe("x", "task-1");
    pusherMockState.bind("x", "task-1", "e", bare);
    channel.unbind("e");
    trigger("task-1", "e");
    expect([mine, other, bare].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 1]);
  });

  it.each(["immediate", "polling"])("5: a bound callback does not keep the process alive (%s)", (delivery) => {
    const script = `
      const { configure, MockPusherClient } = require(${JSON.stringify(PACKAGE)});
      configure({ delivery: ${JSON.stringify(delivery)} });
      new MockPusherClient("k", { cluster: "c" }).subscribe("task-1").bind("e", () => {});
    `;
    const { status, signal, stderr } = spawnSync(process.execPath, ["-e", script], { timeout: 10_000 });
    expect({ status, signal, stderr: String(stderr) }).toEqual({ status: 0, signal: null, stderr: "" });
  });

  it("5: what polling polls arrives", () => {
    vi.useFakeTimers();
    configure({ delivery: "polling" });
    const callback = vi.fn();
    connect().subscribe("task-1").bind("e", callback);
    trigger("task-1", "e", "polled");
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(callback.mock.calls).toEqual([["polled"]]);
  });

  it("6: polling stops when the last callback is unbound, and not before", () => {
    vi.useFakeTimers();
    configure({ delivery: "polling" });
    const channel = connect().subscribe("task-1");
    const before = vi.getTimerCount();
    channel.bind("a", () => {}).bind("b", () => {});
    expect(vi.getTimerCount()).toBe(before + 1);
    channel.unbind("a");
    expect(vi.getTimerCount()).toBe(before + 1);
    channel.unbind("b");
    expect(vi.getTimerCount()).toBe(before);
  });

  it("7: socket_id is legal, excludes its sender, and can be authorized", async () => {
    const client = connect();
    const { socket_id } = client.connection;
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    await server.trigger("task-1", "e", 1, { socket_id });
    expect(socket_id).toMatch(/^\d+\.\d+$/);
    expect(callback).not.toHaveBeenCalled();
    expect(server.authorizeChannel(socket_id, "private-task-1").auth).toMatch(/^mock-pusher-key:[0-9a-f]{64}$/);
  });

  it("8: one trigger reaches many channels", async () => {
    const callback = vi.fn();
    const client = connect();
    client.subscribe("task-1").bind("e", callback);
    client.subscribe("workspace-a").bind("e", callback);
    await server.trigger(["task-1", "workspace-a"], "e", 1);
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it("8: { socket_id } keeps an event from its sender and from nobody else", async () => {
    const [sender, other] = [connect(), connect()];
    const [own, others] = [vi.fn(), vi.fn()];
    sender.subscribe("task-1").bind("e", own);
    other.subscribe("task-1").bind("e", others);
    await server.trigger("task-1", "e", 1, { socket_id: sender.connection.socket_id });
    expect(own).not.toHaveBeenCalled();
    expect(others).toHaveBeenCalledOnce();
  });

  it("8: the service's limits hold", async () => {
    const long = "x".repeat(10_241);
    await expect(server.trigger("task-1", "e", long)).rejects.toMatchObject({ status: 413 });
    expect(() =>
      server.trigger(
        Array.from({ length: 101 }, (_, i) => `c${i}`),
        "e",
        1,
      ),
    ).toThrow("100 channels");
    expect(() => server.trigger("task-1", "e".repeat(201), 1)).toThrow("Too long event name");
    expect(() => server.trigger("task 1", "e", 1)).toThrow("Invalid channel name");
    const batch = Array.from({ length: 11 }, () => ({ channel: "a", name: "e", data: 1 }));
    await expect(server.triggerBatch(batch)).rejects.toMatchObject({
      status: 400,
      body: "Batch too large (11 > 10)\n",
    });
  });

  it("9: a client from before reset() gets a channel that works", () => {
    const client = connect();
    client.subscribe("task-1").bind("e", () => {});
    pusherMockState.reset();
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    trigger("task-1", "e");
    expect(callback).toHaveBeenCalledOnce();
  });

  it("10: two copies of the package in one process share one broker", () => {
    const require = createRequire(import.meta.url);
    const load = () => {
      // As two bundles of one application: every file is evaluated anew, save the addon.
      for (const file of Object.keys(require.cache)) if (file.includes("/dist/")) delete require.cache[file];
      return require(PACKAGE) as typeof Pushrig;
    };
    const [one, two] = [load(), load()];
    expect(one.MockPusherClient).not.toBe(two.MockPusherClient);
    const callback = vi.fn();
    new one.MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" }).subscribe("task-1").bind("e", callback);
    void new two.MockPusherServer({}).trigger("task-1", "e", { a: 1 });
    expect(callback.mock.calls).toEqual([[{ a: 1 }]]);
    expect(two.pusherMockState.getSubscriberCount("task-1")).toBe(1);
  });
});
