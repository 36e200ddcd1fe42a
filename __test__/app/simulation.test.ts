import { createMockPusher, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WireClient } from "../support/wire-client.js";

/** What happens to connections in life, with a seed. */

let world: MockPusher;

beforeEach(() => {
  vi.useFakeTimers();
  world = createMockPusher();
});

afterEach(() => {
  world.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function subscriber() {
  const client = world.client();
  const received: unknown[] = [];
  const states: string[] = [];
  client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
  client.subscribe("task-1").bind("e", (data: unknown) => received.push(data));
  states.length = 0;
  return { client, received, states };
}

const trigger = (data: unknown) => world.server.trigger("task-1", "e", data);

/** When, in milliseconds, a client that is silent from now on is not any more. */
async function end(isOver: () => boolean): Promise<number> {
  for (let ms = 0; ms <= 60_000; ms += 500) {
    if (isOver()) return ms;
    await vi.advanceTimersByTimeAsync(500);
  }
  return Infinity;
}

describe("subway", () => {
  it("is silence for 5 to 40 seconds, then the connection is gone with what was on its way", async () => {
    const { client, received } = subscriber();
    const { socket_id: before } = client.connection;
    await vi.advanceTimersByTimeAsync(10);
    world.network.simulate("subway", { seed: 1 });
    await trigger("lost in the tunnel");
    const length = await end(() => client.connection.socket_id !== before);
    expect(length).toBeGreaterThan(5_000);
    expect(length).toBeLessThan(42_000);
    await trigger("outside");
    expect([client.connection.state, received]).toEqual(["connected", ["outside"]]);
  });

  it("lasts as long for a seed every time, and otherwise for another", async () => {
    const lengths: number[] = [];
    for (const seed of [7, 7, 8]) {
      const { client } = subscriber();
      const { socket_id: before } = client.connection;
      using simulation = world.network.simulate("subway", { seed });
      lengths.push(await end(() => client.connection.socket_id !== before));
      expect(simulation.strikes).toBe(lengths.length);
    }
    expect(lengths[0]).toBe(lengths[1]);
    expect(lengths[0]).not.toBe(lengths[2]);
  });

  it("taken back, the cable is in again and nothing is lost", async () => {
    const { client, received, states } = subscriber();
    const simulation = world.network.simulate("subway");
    await trigger(1);
    simulation.restore();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([client.connection.state, received, states]).toEqual(["connected", [1], []]);
  });
});

it("laptop-lid is silence for ten minutes, after which both sides have given up", async () => {
  const { client, states } = subscriber();
  world.network.simulate("laptop-lid");
  await vi.advanceTimersByTimeAsync(599_000);
  expect([client.connection.state, world.state.getSubscriberCount("task-1")]).toEqual(["unavailable", 0]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect([client.connection.state, world.state.getSubscriberCount("task-1")]).toEqual(["connected", 1]);
  expect(states).toEqual(["connecting", "unavailable", "connected"]);
});

it("deploy sends everybody away with 4200, and for two seconds nobody answers", async () => {
  const { client, states } = subscriber();
  world.network.simulate("deploy");
  await vi.advanceTimersByTimeAsync(1_900);
  expect(client.connection.state).toBe("connecting");
  await vi.advanceTimersByTimeAsync(30_000);
  expect([client.connection.state, states.at(-1), world.state.getSubscriberCount("task-1")]).toEqual([
    "connected",
    "connected",
    1,
  ]);
});

it("failover cuts everybody, and half of the attempts to come back are refused once", async () => {
  const clients = Array.from({ length: 6 }, subscriber);
  await vi.advanceTimersByTimeAsync(10);
  world.network.simulate("failover", { seed: 3 });
  await vi.advanceTimersByTimeAsync(1_100);
  const back = () => clients.filter(({ client }) => client.connection.state === "connected").length;
  expect(back()).toBe(3);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([back(), world.state.getSubscriberCount("task-1")]).toEqual([6, 6]);
});

it("at a gateway it is over when that much of its time has passed", async () => {
  vi.useRealTimers();
  const gateway = await world.listen({ port: 0 });
  const socket = await WireClient.connect(gateway.port, world.app.key);
  await socket.subscribe("task-1");
  world.network.simulate("subway");
  const back = WireClient.connect(gateway.port, world.app.key);
  const did = await gateway.advance("41s");
  expect(did.cut).toEqual([]);
  expect(world.state.getSubscriberCount("task-1")).toBe(0);
  (await back).close();
  await gateway.close();
});

it("says so when nobody was connected, and a reset ends it", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  world.network.simulate("laptop-lid");
  world.reset();
  const { client } = subscriber();
  expect(client.connection.state).toBe("connected");
  expect(warn.mock.calls).toEqual([['pushrig: simulate("laptop-lid") matched nothing; nobody was connected']]);
});

describe("a mistake of the test", () => {
  it("is a preset that there is not", () => {
    expect(() => world.network.simulate("subwy" as never)).toThrowError(
      'pushrig: simulate() has no preset "subwy"; did you mean "subway"? The presets are subway, laptop-lid, deploy, failover',
    );
  });

  it("is an option that there is not, or a seed that is none", () => {
    expect(() => world.network.simulate("subway", { sed: 1 } as never)).toThrowError('did you mean "seed"?');
    for (const seed of [-1, 1.5, "1", null] as never[]) {
      expect(() => world.network.simulate("subway", { seed })).toThrowError(
        "pushrig: the seed of simulate() is a whole number",
      );
    }
  });

  it("is an app that was closed", () => {
    world.close();
    expect(() => world.network.simulate("deploy")).toThrowError("pushrig: this app was closed");
  });
});
