// The same wrong call to the mock and to the real packages, where those answer by themselves; else the mock's own texts.
import { createMockPusher, type MockPusher } from "pushrig";
import Pusher from "pusher";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const real = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "mt1" }) as any;
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

let world: MockPusher;
let heard: ReturnType<typeof vi.fn>;

beforeEach(() => {
  world = createMockPusher();
  heard = vi.fn();
  world.client().subscribe("a").bind("e", heard).bind("", heard);
});

afterEach(() => world.close());

function thrownBy(run: () => unknown): any {
  try {
    void (run() as Promise<unknown> | undefined)?.catch?.(() => {});
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function nothingHappened(): void {
  expect(heard).not.toHaveBeenCalled();
  expect(world.state.getChannelMessages("a")).toEqual([]);
}

const many = Array.from({ length: 101 }, (_, i) => `c${i}`);

describe("what the real library throws at once, the mock throws at once, with its text", () => {
  it.each<[string, unknown[]]>([
    ["no channel", [undefined, "e", 1]],
    ["null as channel", [null, "e", 1]],
    ["a number as channel", [7, "e", 1]],
    ["an empty channel", ["", "e", 1]],
    ["a space in a channel", ["a b", "e", 1]],
    ["an umlaut in a channel", ["ä", "e", 1]],
    ["one illegal channel of two", [["a", "a b"], "e", 1]],
    ["a channel of 201 characters", ["c".repeat(201), "e", 1]],
    ["101 channels", [many, "e", 1]],
    ["no event", ["a", undefined, 1]],
    ["null as event", ["a", null, 1]],
    ["an event of 201 characters", ["a", "e".repeat(201), 1]],
    ["cyclic data", ["a", "e", cyclic]],
    ["a BigInt", ["a", "e", 1n]],
    ["an illegal socket_id", ["a", "e", 1, { socket_id: "mock-connection-1" }]],
  ])("%s", (_, args) => {
    const expected = thrownBy(() => real.trigger(...args));
    const actual = thrownBy(() => (world.server as any).trigger(...args));
    expect([actual.constructor.name, actual.message]).toEqual([expected.constructor.name, expected.message]);
    nothingHappened();
    if (args.length > 3 || Array.isArray(args[0]) || typeof args[1] !== "string") return;
    const direct = thrownBy(() => (world.state as any).trigger(...args));
    expect([direct.constructor.name, direct.message]).toEqual([expected.constructor.name, expected.message]);
    nothingHappened();
  });
});

describe("what the service refuses rejects at the server and throws at the state manager", () => {
  it.each<[string, unknown[], number, RegExp]>([
    ["undefined data", ["a", "e", undefined], 400, /data/],
    ["an empty event", ["a", "", 1], 400, /event/i],
    ["a channel of 165 characters", ["c".repeat(165), "e", 1], 400, /164/],
    ["10,241 bytes of data", ["a", "e", "x".repeat(10_241)], 413, /\(10240 bytes\)/],
    ["10,242 bytes in 5,121 characters", ["a", "e", "ü".repeat(5121)], 413, /\(10240 bytes\)/],
    ["a reserved event", ["a", "pusher:e", 1], 400, /^The 'pusher' namespace is reserved/],
  ])("%s", async (_, args, status, text) => {
    const rejected = await (world.server as any).trigger(...args).catch((error: unknown) => error);
    const thrown = thrownBy(() => (world.state as any).trigger(...args));
    for (const error of [rejected, thrown]) {
      expect(error).toMatchObject({ name: "PusherRequestError", message: `Unexpected status code ${status}`, status });
      expect(error.body).toMatch(text);
    }
    nothingHappened();
  });

  it("delivers nothing of a trigger to many channels of which one is refused", async () => {
    await expect(world.server.trigger(["a", "c".repeat(165)], "e", 1)).rejects.toMatchObject({ status: 400 });
    nothingHappened();
  });

  it("delivers nothing of a batch of which one event is refused", async () => {
    const batch = [
      { channel: "a", name: "e", data: 1 },
      { channel: "a", name: "e", data: "x".repeat(10_241) },
    ];
    await expect(world.server.triggerBatch(batch)).rejects.toMatchObject({ status: 413 });
    nothingHappened();
  });

  it("takes what is just within the limits", async () => {
    const event = "e".repeat(200);
    await world.server.trigger("c".repeat(164), event, "x".repeat(10_240));
    expect(world.state.getChannelMessages("c".repeat(164))).toHaveLength(1);
  });
});

describe("a callback that is no function", () => {
  it.each([undefined, null, 7, "text", {}])("throws a TypeError at bind: %j", (callback: any) => {
    const client = world.client();
    const channel = client.subscribe("a");
    expect(() => channel.bind("e", callback)).toThrow(TypeError);
    expect(() => client.bind("e", callback)).toThrow(/needs a function/);
    expect(() => client.connection.bind("connected", callback)).toThrow(TypeError);
    expect(() => world.state.bind(client.connectionId, "a", "e", callback)).toThrow(/a function/);
  });
});

describe("an event's name that is none", () => {
  it.each([undefined, null, 7])("throws a TypeError at the state manager: %j", (event: any) => {
    const text = (method: string) =>
      `pushrig: pusherMockState.${method}() needs an event's name, a string such as "new-message", not ${event}`;
    expect(() => world.state.trigger("a", event, {})).toThrow(text("trigger"));
    expect(() => world.state.bind("c", "a", event, () => {})).toThrow(text("bind"));
    nothingHappened();
  });
});

describe("a connection id that is none", () => {
  it.each([undefined, null, "", 7])("throws a TypeError at the state manager: %j", (id: any) => {
    expect(() => world.state.subscribe(id, "a")).toThrow(TypeError);
    expect(() => world.state.bind(id, "a", "e", () => {})).toThrow(TypeError);
    expect(() => world.state.disconnect(id)).toThrow(/connection id/);
    expect(world.state.getSubscriberCount("a")).toBe(1);
  });
});
