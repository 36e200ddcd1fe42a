import { createMockPusher, type Gateway, type MockPusher, type MockPusherOptions } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WireClient } from "../support/wire-client";
import { lines } from "../webhooks/receiver";

// Sockets take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const HALF_AN_HOUR = 30 * 60_000;
const HOLD = 3_000;
const YEARS: Array<[string, Date]> = [
  ["long ago", new Date("1970-02-01")],
  ["far away", new Date("2100-02-01")],
];

let rig: MockPusher;
let gateway: Gateway;
let wires: WireClient[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const wire of wires) wire.close();
  wires = [];
  await gateway.close();
  rig.close();
});

/** A rig with a gateway; answers what connects a client on the wire. */
async function world(options: MockPusherOptions = {}): Promise<() => Promise<WireClient>> {
  rig = createMockPusher(options);
  gateway = await rig.listen({ port: 0 });
  return async () => {
    const wire = await WireClient.connect(gateway.port, rig.app.key);
    wires.push(wire);
    return wire;
  };
}

/** What newcomers to `cache-room` are told: a mock client, and one on the wire. */
async function newcomers(wire: WireClient): Promise<string[]> {
  const channel = rig.client().subscribe("cache-room");
  const here = await new Promise<string>((resolve) => {
    for (const event of ["e", "pusher:cache_miss"]) channel.bind(event, () => resolve(event));
  });
  await wire.subscribe("cache-room");
  return [here, (await wire.frame()).event];
}

/** `Date` and `setTimeout`, but not what sockets need. */
const fakeTime = (now?: Date): void => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now });

/** The webhooks about a channel. */
const about = (channel: string): string[] => lines(rig.webhooks()).filter((line) => line.endsWith(` ${channel}`));

/** Resolves once something waits on the fake timers. */
async function somethingWaits(): Promise<void> {
  while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
}

describe.each(YEARS)("a Date set to %s", (_, date) => {
  it("leaves a cache channel its event, for newcomers here and on the wire", async () => {
    const connect = await world();
    vi.setSystemTime(date);
    rig.state.trigger("cache-room", "e", 1);
    expect(await newcomers(await connect())).toEqual(["e", "e"]);
  });

  it("lets a cache channel forget half an hour later, once Date is real again too", async () => {
    const connect = await world();
    vi.setSystemTime(date);
    rig.state.trigger("cache-room", "e", 1);
    vi.useRealTimers();
    rig.state.subscribe("somebody", "room");
    vi.setSystemTime(Date.now() + HALF_AN_HOUR);
    expect(await newcomers(await connect())).toEqual(["pusher:cache_miss", "pusher:cache_miss"]);
  });

  it("lets time go on from there when it goes forward", async () => {
    const connect = await world();
    vi.setSystemTime(date);
    rig.state.trigger("cache-room", "e", 1);
    vi.setSystemTime(date.getTime() + HALF_AN_HOUR - 1_000_000);
    expect(await newcomers(await connect())).toEqual(["e", "e"]);
    vi.setSystemTime(date.getTime() + HALF_AN_HOUR);
    expect(await newcomers(await connect())).toEqual(["pusher:cache_miss", "pusher:cache_miss"]);
  });

  it("does not make the channel_vacated of a client on the wire come sooner or later", async () => {
    const connect = await world({ webhooks: () => {}, webhookHold: HOLD });
    const wire = await connect();
    fakeTime(date);
    // The broker notices with the next thing that is done here.
    rig.state.subscribe("somebody", "another");
    await wire.subscribe("room");
    await wire.unsubscribe("room");
    await somethingWaits();
    await vi.advanceTimersByTimeAsync(HOLD - 1);
    expect(about("room")).toEqual(["channel_occupied room"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(about("room")).toEqual(["channel_occupied room", "channel_vacated room"]);
  });

  it("keeps the order of what a client on the wire and a mock client do", async () => {
    const connect = await world({ webhooks: () => {}, webhookHold: 1_000 });
    const wire = await connect();
    vi.setSystemTime(date);
    await wire.subscribe("room");
    rig.state.subscribe("somebody", "room");
    await wire.unsubscribe("room");
    rig.state.unsubscribe("somebody", "room");
    await rig.settledWebhooks();
    expect(lines(rig.webhooks())).toEqual(["channel_occupied room", "channel_vacated room"]);
  });

  it("does not stop the time of clients on the wire", async () => {
    const connect = await world({ authorizedConnections: true, limits: { authorizationTimeoutMs: 50 } });
    vi.setSystemTime(date);
    rig.state.subscribe("somebody", "room");
    expect((await (await connect()).frame()).data).toMatchObject({ code: 4009 });
  });
});

describe("a Date that is set back", () => {
  it("makes no event of a cache channel last longer", async () => {
    const connect = await world();
    rig.state.trigger("cache-room", "e", 1);
    const back = Date.now() - 10 * HALF_AN_HOUR;
    vi.setSystemTime(back);
    rig.state.subscribe("somebody", "room");
    vi.setSystemTime(back + HALF_AN_HOUR);
    expect(await newcomers(await connect())).toEqual(["pusher:cache_miss", "pusher:cache_miss"]);
  });
});

describe("fake timers", () => {
  it("stand still for a client on the wire as well, until they are advanced", async () => {
    const connect = await world({ authorizedConnections: true, limits: { authorizationTimeoutMs: 50 } });
    fakeTime();
    rig.state.subscribe("somebody", "room");
    const wire = await connect();
    const refused = vi.fn();
    void wire.frame().then(refused);
    const start = performance.now();
    while (performance.now() - start < 300) await new Promise((resolve) => setImmediate(resolve));
    expect(refused).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(50);
    rig.state.subscribe("somebody", "another");
    while (refused.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(refused.mock.calls[0][0].data).toMatchObject({ code: 4009 });
  });

  it("let a cache channel forget to the millisecond", async () => {
    await world();
    vi.useFakeTimers();
    rig.state.trigger("cache-room", "e", 1);
    const told = (): string[] => {
      const events: string[] = [];
      const client = rig.client();
      client.subscribe("cache-room").bind_global((event: string) => events.push(event));
      return events;
    };
    await vi.advanceTimersByTimeAsync(HALF_AN_HOUR - 1);
    const sooner = told();
    await vi.advanceTimersByTimeAsync(1);
    const later = told();
    await vi.advanceTimersByTimeAsync(0);
    expect(
      [sooner, later].map((events) => events.filter((event) => event !== "pusher:subscription_succeeded")),
    ).toEqual([["e"], ["pusher:cache_miss"]]);
  });

  it("that are taken away let time go on, although nobody here does anything", async () => {
    const connect = await world({ authorizedConnections: true, limits: { authorizationTimeoutMs: 50 } });
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 1);
    vi.useRealTimers();
    expect((await (await connect()).frame()).data).toMatchObject({ code: 4009 });
  });
});
