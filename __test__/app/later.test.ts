import { createMockPusher, type MockPusher, MockPusherServer, type SettingsInput } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

const worlds: MockPusher[] = [];

// Taken while nothing is fake.
const { setImmediate: soon } = globalThis;
const turn = () => new Promise<void>((resolve) => soon(resolve));

afterEach(() => {
  vi.useRealTimers();
  for (const world of worlds.splice(0)) world.close();
});

function world(settings: SettingsInput = {}): MockPusher {
  const made = createMockPusher({ delivery: "network", latency: 5, ...settings });
  worlds.push(made);
  return made;
}

async function subscribed(rig: MockPusher, name = "room", options: object = {}) {
  const client = rig.client(options);
  const channel = client.subscribe(name) as any;
  await next(channel, "pusher:subscription_succeeded");
  return { client, channel };
}

describe("a timer that is lost with fake timers that were taken away loses", () => {
  it("no event: what was under way arrives, and before what came later", async () => {
    const rig = world();
    const { channel } = await subscribed(rig);
    const received: number[] = [];
    channel.bind("e", (n: number) => received.push(n));
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 1);
    vi.useRealTimers();
    rig.state.trigger("room", "e", 2);
    await vi.waitFor(() => expect(received).toEqual([1, 2]));
    rig.state.trigger("room", "e", 3);
    await vi.waitFor(() => expect(received).toEqual([1, 2, 3]));
  });

  it("no event either when nothing comes later", async () => {
    const rig = world();
    const { channel } = await subscribed(rig);
    const received = vi.fn();
    channel.bind("e", received);
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 1);
    vi.useRealTimers();
    await vi.waitFor(() => expect(received).toHaveBeenCalledOnce());
  });

  it("no event when fake timers follow on fake timers", async () => {
    const rig = world();
    const { channel } = await subscribed(rig);
    const received: number[] = [];
    channel.bind("e", (n: number) => received.push(n));
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 1);
    vi.useRealTimers();
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 2);
    await vi.advanceTimersByTimeAsync(5);
    expect(received).toEqual([1, 2]);
  });

  it("no event when all timers are cleared and another event comes", async () => {
    const rig = world();
    const { channel } = await subscribed(rig);
    const received: number[] = [];
    channel.bind("e", (n: number) => received.push(n));
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 1);
    vi.clearAllTimers();
    rig.state.trigger("room", "e", 2);
    await vi.advanceTimersByTimeAsync(5);
    expect(received).toEqual([1, 2]);
  });

  it("no answer: the promise of a trigger settles", async () => {
    const rig = world();
    vi.useFakeTimers();
    const answer = rig.server.trigger("room", "e", 1);
    vi.useRealTimers();
    expect((await answer).status).toBe(200);
  });

  it("no answer that comes too late: the promise of a trigger settles after the server's timeout", async () => {
    const rig = world({ latency: 60_000 });
    const { id: appId, key, secret, cluster } = rig.app;
    const server = new MockPusherServer({ appId, key, secret, cluster, timeout: 5 });
    vi.useFakeTimers();
    const answer = server.trigger("room", "e", 1);
    vi.useRealTimers();
    await expect(answer).rejects.toMatchObject({ error: { name: "AbortError" } });
  });

  it("no end to the patience with a receiver of webhooks that does not answer", async () => {
    const rig = world({ delivery: "immediate", webhookHold: 20 });
    vi.spyOn(console, "error").mockReturnValue();
    rig.onWebhook(() => new Promise<Response>(() => {}));
    vi.useFakeTimers();
    rig.state.subscribe("somebody", "room");
    await turn();
    vi.useRealTimers();
    vi.useFakeTimers();
    // Something else waits, and what has waited does so anew.
    rig.state.unsubscribe("somebody", "room");
    await turn();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(String(rig.webhooks()[0].error)).toContain("no answer within 30 seconds");
    vi.mocked(console.error).mockRestore();
  });

  it("no connection attempt, and no subscription", async () => {
    const rig = world();
    vi.useFakeTimers();
    const channel = rig.client().subscribe("room");
    vi.useRealTimers();
    await next(channel, "pusher:subscription_succeeded");
    expect(channel.subscribed).toBe(true);
  });

  it("no departure", async () => {
    const rig = world();
    const { client } = await subscribed(rig);
    vi.useFakeTimers();
    client.disconnect();
    vi.useRealTimers();
    await vi.waitFor(() => expect(rig.state.getSubscriberCount("room")).toBe(0));
  });

  it("no reconnect", async () => {
    const rig = world({ delivery: "immediate" });
    const { client } = await subscribed(rig);
    const { socket_id } = client.connection;
    const dropped = next(client.connection, "connecting_in");
    vi.useFakeTimers();
    rig.network.drop(client, { code: 4100 });
    await dropped;
    vi.useRealTimers();
    await next(client.connection, "connected");
    await vi.waitFor(() => expect(client.connection.socket_id).not.toBe(socket_id), { timeout: 3000 });
  });

  it("no tick of polling", async () => {
    const rig = world({ delivery: "polling", latency: 0, pollInterval: 5 });
    vi.useFakeTimers();
    const received = vi.fn();
    rig.client().subscribe("room").bind("e", received);
    vi.useRealTimers();
    rig.state.trigger("room", "e", 1);
    await vi.waitFor(() => expect(received).toHaveBeenCalledOnce());
  });

  it("no member, for those who count and those who look late", async () => {
    const rig = world();
    const [one, two] = [
      await subscribed(rig, "presence-room", { user: { id: "1" } }),
      await subscribed(rig, "presence-room", { user: { id: "2" } }),
    ];
    one.channel.bind("pusher:member_added", () => {});
    const third = await subscribed(rig, "presence-room", { user: { id: "3" } });
    await vi.waitFor(() => expect([one.channel.members.count, two.channel.members.count]).toEqual([3, 3]));
    vi.useFakeTimers();
    rig.network.drop(third.client, { code: 4001 });
    vi.useRealTimers();
    await vi.waitFor(() => expect([one.channel.members.count, two.channel.members.count]).toEqual([2, 2]));
  });

  it("no webhook that is held back", async () => {
    const rig = world({ delivery: "immediate", webhookHold: 20 });
    rig.onWebhook(() => {});
    const { client } = await subscribed(rig);
    await rig.settledWebhooks();
    vi.useFakeTimers();
    client.unsubscribe("room");
    await turn();
    vi.useRealTimers();
    const names = (await rig.settledWebhooks()).flatMap(({ events }) => events.map(({ name }) => name));
    expect(names).toEqual(["channel_occupied", "channel_vacated"]);
  });
});

describe("fake timers that come while real ones run", () => {
  it("keep an event that is under way, in its place", async () => {
    const rig = world();
    const { channel } = await subscribed(rig);
    const received: number[] = [];
    channel.bind("e", (n: number) => received.push(n));
    rig.state.trigger("room", "e", 1);
    vi.useFakeTimers();
    rig.state.trigger("room", "e", 2);
    await vi.advanceTimersByTimeAsync(5);
    expect(received).toEqual([1, 2]);
  });
});

describe.each(["polling", "network"] as const)("in `%s`, nothing that is under way arrives", (delivery) => {
  const settings = { delivery, latency: delivery === "network" ? 5 : 0, pollInterval: 5 };

  it("after close() in a callback", async () => {
    const rig = world(settings);
    const [one, two] = [await subscribed(rig), await subscribed(rig)];
    const received: unknown[] = [];
    for (const { channel } of [one, two]) {
      channel.bind("e", (n: number) => {
        received.push(n);
        rig.close();
      });
    }
    const ended = [one, two].map(({ client }) => next(client.connection, "disconnected"));
    for (const n of [1, 2, 3]) rig.state.trigger("room", "e", n);
    await Promise.all(ended);
    expect(received).toEqual([1]);
  });

  it("after close() outside of callbacks", async () => {
    const rig = world(settings);
    const { client, channel } = await subscribed(rig);
    const received = vi.fn();
    channel.bind("e", received);
    const ended = next(client.connection, "disconnected");
    rig.state.trigger("room", "e", 1);
    rig.close();
    await ended;
    expect(received).not.toHaveBeenCalled();
  });

  it("after reset() in a callback", async () => {
    const rig = world(settings);
    const [one, two] = [await subscribed(rig), await subscribed(rig)];
    const received: unknown[] = [];
    for (const { channel } of [one, two]) {
      channel.bind("e", (n: number) => {
        received.push(n);
        rig.reset();
      });
    }
    for (const n of [1, 2, 3]) rig.state.trigger("room", "e", n);
    await vi.waitFor(() => expect(received).toEqual([1]));
    // What comes now comes after all that was under way.
    const again = await subscribed(rig);
    again.channel.bind("f", (n: number) => received.push(n));
    rig.state.trigger("room", "f", 4);
    await vi.waitFor(() => expect(received).toEqual([1, 4]));
  });

  it("after reset(), not to the client's own bindings either", async () => {
    const rig = world(settings);
    const { client } = await subscribed(rig);
    const received: unknown[] = [];
    client.bind("e", (n: number) => received.push(n));
    rig.state.trigger("room", "e", 1);
    rig.reset();
    const channel = client.subscribe("room");
    await next(channel, "pusher:subscription_succeeded");
    rig.state.trigger("room", "e", 2);
    await vi.waitFor(() => expect(received).toEqual([2]));
  });
});

it("sends nothing that a client said before reset()", async () => {
  const rig = world();
  const one = await subscribed(rig, "private-room");
  const two = await subscribed(rig, "private-room");
  const received = vi.fn();
  one.channel.trigger("client-e", 1);
  two.client.bind("client-e", received);
  const waiting = rig.client();
  waiting.subscribe("room");
  rig.reset();
  const again = two.client.subscribe("private-room");
  await next(again, "pusher:subscription_succeeded");
  await next(waiting.connection, "connected").catch(() => {});
  expect(received).not.toHaveBeenCalled();
  expect(rig.state.getActiveChannels()).toEqual(["private-room"]);
});
