import { createMockPusher, MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";
import { beforeEach, describe, expect, it, vi } from "vitest";

beforeEach(() => {
  pusherMockState.reset();
});

const server = new MockPusherServer({});
const connect = () => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });

/** A new client that notes what it gets of an event on a channel. */
function listener(channel: string, event = "e") {
  const client = connect();
  const received: unknown[] = [];
  client.subscribe(channel).bind(event, (data: unknown) => received.push(data));
  return { client, received };
}

describe("credentials", () => {
  it("default to the four of the mock", () => {
    const { config } = new MockPusherServer({});
    expect([config.appId, config.token.key, config.token.secret, config.host]).toEqual([
      "mock-app-id",
      "mock-pusher-key",
      "mock-pusher-secret",
      "api-mock-cluster.pusher.com",
    ]);
  });

  it("default one by one where an environment variable is not set", () => {
    const { config } = new MockPusherServer({
      appId: undefined,
      key: undefined,
      secret: "given",
      cluster: undefined,
      useTLS: true,
    });
    expect([config.appId, config.token.key, config.token.secret]).toEqual(["mock-app-id", "mock-pusher-key", "given"]);
  });

  it("do not matter to whom an event goes: any server reaches any client", async () => {
    vi.spyOn(console, "warn").mockImplementationOnce(() => {});
    const { received } = listener("task-1");
    await new MockPusherServer({ appId: "7", key: "k", secret: "s", cluster: "eu" }).trigger("task-1", "e", 1);
    expect(received).toEqual([1]);
  });
});

describe("trigger", () => {
  it("has run the callbacks when it returns, before its promise settles", () => {
    const { received } = listener("task-1");
    void server.trigger("task-1", "e", { a: 1 });
    expect(received).toEqual([{ a: 1 }]);
  });

  it("resolves to a Response with status 200 and an empty object", async () => {
    const response = await server.trigger("task-1", "e", { a: 1 });
    expect(response.status).toBe(200);
    expect(response.ok).toBe(true);
    expect(await response.json()).toEqual({});
  });

  it("reaches every subscriber of the channel", () => {
    const [first, second, third] = [listener("task-1"), listener("task-1"), listener("task-1")];
    void server.trigger("task-1", "e", 1);
    expect([first.received, second.received, third.received]).toEqual([[1], [1], [1]]);
  });

  it("reaches nobody on another channel, and no callback of another event", () => {
    const [other, same] = [listener("task-2"), listener("task-1", "other-event")];
    void server.trigger("task-1", "e", 1);
    expect([other.received, same.received]).toEqual([[], []]);
  });

  it("goes to many channels, once to each", async () => {
    const [first, second] = [listener("task-1"), listener("workspace-a")];
    const { status } = await server.trigger(["task-1", "workspace-a"], "e", { n: 1 });
    expect(status).toBe(200);
    expect([first.received, second.received]).toEqual([[{ n: 1 }], [{ n: 1 }]]);
  });

  it("calls a client on two of the channels twice", () => {
    const client = connect();
    const callback = vi.fn();
    client.subscribe("task-1").bind("e", callback);
    client.subscribe("task-2").bind("e", callback);
    void server.trigger(["task-1", "task-2"], "e", 1);
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it("passes over the connection of { socket_id }", async () => {
    const [sender, other] = [listener("task-1"), listener("task-1")];
    await server.trigger("task-1", "e", 1, { socket_id: sender.client.connection.socket_id });
    expect([sender.received, other.received]).toEqual([[], [1]]);
  });

  it("passes over the connection of { socket_id } on each of many channels", async () => {
    const sender = connect();
    const callback = vi.fn();
    sender.subscribe("task-1").bind("e", callback);
    sender.subscribe("task-2").bind("e", callback);
    const other = listener("task-2");
    await server.trigger(["task-1", "task-2"], "e", 1, { socket_id: sender.connection.socket_id });
    expect(callback).not.toHaveBeenCalled();
    expect(other.received).toEqual([1]);
  });

  it("reaches everybody when { socket_id } is nobody's", async () => {
    const { received } = listener("task-1");
    await server.trigger("task-1", "e", 1, { socket_id: "1.1" });
    expect(received).toEqual([1]);
  });

  it.each([
    [null],
    ["text"],
    [""],
    [0],
    [-1.5],
    [true],
    [[]],
    [[1, { a: null }]],
    [{}],
    [{ nested: { deep: ["ü", "\u2028", '"'] } }],
  ])("carries %j as it is", async (data) => {
    const { received } = listener("task-1");
    await server.trigger("task-1", "e", data);
    expect(received).toStrictEqual([data]);
    expect(pusherMockState.getChannelMessages("task-1")[0]!.data).toStrictEqual(data);
  });

  it("carries what toJSON makes of it, as JSON does", () => {
    const { received } = listener("task-1");
    void server.trigger("task-1", "e", { at: new Date(0), gone: undefined });
    expect(received).toStrictEqual([{ at: "1970-01-01T00:00:00.000Z" }]);
  });

  it("hands every client a copy of its own, and a client's callbacks the same one", () => {
    const data = { list: [1] };
    const [first, second] = [connect(), connect()];
    const received: unknown[] = [];
    const note = (value: unknown) => received.push(value);
    first.subscribe("task-1").bind("e", note).bind("e", note);
    second.subscribe("task-1").bind("e", note);
    void server.trigger("task-1", "e", data);
    expect(received).toEqual([data, data, data]);
    expect(received[0]).not.toBe(data);
    expect(received[1]).toBe(received[0]);
    expect(received[2]).not.toBe(received[0]);
  });

  it("answers what info asks for", async () => {
    const world = createMockPusher({ subscriptionCount: true });
    world.client().subscribe("task-1");
    world.client().subscribe("task-1");
    const response = await world.server.trigger("task-1", "e", 1, { info: "subscription_count" });
    expect(await response.json()).toEqual({ channels: { "task-1": { subscription_count: 2 } } });
    world.close();
  });

  it("is stored once a channel however many receive it", () => {
    listener("task-1");
    listener("task-1");
    void server.trigger("task-1", "e", 1);
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(1);
  });

  it("reaches nobody who subscribes afterwards", () => {
    void server.trigger("task-1", "e", 1);
    const { received } = listener("task-1");
    void server.trigger("task-1", "e", 2);
    expect(received).toEqual([2]);
  });
});

describe("triggerBatch", () => {
  it("delivers its events in order and resolves to a Response with status 200", async () => {
    const order: unknown[] = [];
    const client = connect();
    for (const name of ["task-1", "task-2"])
      client.subscribe(name).bind_global((event: string, data: unknown) => order.push([name, event, data]));
    order.length = 0;
    const response = await server.triggerBatch([
      { channel: "task-1", name: "a", data: { n: 1 } },
      { channel: "task-2", name: "b", data: "text" },
      { channel: "task-1", name: "c", data: 3 },
    ]);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({});
    expect(order.filter(([, event]: any) => !event.startsWith("pusher:"))).toEqual([
      ["task-1", "a", { n: 1 }],
      ["task-2", "b", "text"],
      ["task-1", "c", 3],
    ]);
  });

  it("passes over the connection of an event's own socket_id", async () => {
    const { client, received } = listener("task-1");
    await server.triggerBatch([
      { channel: "task-1", name: "e", data: 1, socket_id: client.connection.socket_id },
      { channel: "task-1", name: "e", data: 2 },
    ]);
    expect(received).toEqual([2]);
  });
});
