// What the SDK lets pass and the broker refuses: nothing of it is delivered or remembered.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMockPusher, type MockPusher } from "../../lib/mock/mock-pusher.js";

let world: MockPusher;
beforeEach(() => {
  world = createMockPusher();
});
afterEach(() => world.close());

const cases: Array<[name: string, call: (server: any) => Promise<unknown>, status: number, text: RegExp]> = [
  ["undefined data", (s) => s.trigger("a", "e", undefined), 400, /data/],
  ["a function as data", (s) => s.trigger("a", "e", () => 1), 400, /data/],
  ["an empty event", (s) => s.trigger("a", "", {}), 400, /event/i],
  ["an event that is a number", (s) => s.trigger("a", 5, {}), 400, /^Expected name parameter to be a string\n$/],
  ["no channels", (s) => s.trigger([], "e", {}), 400, /channel/],
  ["a channel of 165 characters", (s) => s.trigger("c".repeat(165), "e", {}), 400, /164/],
  ["a channel of 200 characters among others", (s) => s.trigger(["a", "c".repeat(200)], "e", {}), 400, /164/],
  ["data over 10,240 bytes", (s) => s.trigger("a", "e", "x".repeat(10_241)), 413, /10240 bytes/],
  ["eleven events in a batch", (s) => s.triggerBatch(batch(11)), 400, /^Batch too large \(11 > 10\)\n$/],
  [
    "an illegal channel in a batch",
    (s) => s.triggerBatch([...batch(1), { ...one, channel: "ä" }]),
    400,
    /Invalid channel name/,
  ],
  ["a long event in a batch", (s) => s.triggerBatch([...batch(1), { ...one, name: "e".repeat(201) }]), 400, /200/],
  [
    "large data in a batch",
    (s) => s.triggerBatch([...batch(1), { ...one, data: "x".repeat(10_241) }]),
    413,
    /10240 bytes/,
  ],
  [
    "no channel in a batch",
    (s) => s.post({ path: "/batch_events", body: { batch: [...batch(1), { name: "e", data: "" }] } }),
    400,
    /^Missing required parameter: channel\n$/,
  ],
  ["JSON as a string", (s) => s.post({ path: "/events", body: '{"name":"e","channel":"a","data":"x"}' }), 400, /./],
  ["no body", (s) => s.post({ path: "/events" }), 400, /./],
  ["a GET where a POST belongs", (s) => s.get({ path: "/events" }), 405, /./],
];

const one = { channel: "a", name: "e", data: "x" };
function batch(length: number) {
  return Array.from({ length }, () => ({ ...one }));
}

describe("what the broker refuses", () => {
  it.each(cases)("%s", async (_, call, status, text) => {
    const received: unknown[] = [];
    const channel = world.client().subscribe("a");
    channel.bind_global((event: string) => event.startsWith("pusher:") || received.push(event));
    const error: any = await call(world.server).catch((error: unknown) => error);
    expect(error).toMatchObject({ name: "PusherRequestError", message: `Unexpected status code ${status}`, status });
    expect(error.body).toMatch(text);
    expect(error.body).toMatch(/\n$/);
    expect(error.url).toMatch(/^http:\/\/api-mock-cluster\.pusher\.com\/apps\/\d+\/.*auth_signature=[0-9a-f]{64}$/);
    expect(received).toStrictEqual([]);
    expect(world.state.getChannelMessages("a")).toStrictEqual([]);
  });

  it("is refused inside a callback as well", async () => {
    const sent: Array<Promise<unknown>> = [];
    world
      .client()
      .subscribe("a")
      .bind("e", () => sent.push(world.server.post({ path: "/events" } as never)));
    await world.server.trigger("a", "e", {});
    expect(sent).toHaveLength(1);
    await expect(sent[0]).rejects.toMatchObject({ status: 400 });
  });

  it("does not end up in history when it cannot be JSON either", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    expect(() => world.server.trigger("a", "e", cyclic)).toThrowError(TypeError);
    expect(() => world.server.trigger("a", "e", { big: 1n })).toThrowError(TypeError);
    expect(world.state.getChannelMessages("a")).toStrictEqual([]);
  });
});
