import { Agent, get } from "node:http";
import { createMockPusher, type Gateway, type MockPusher } from "pushrig";
import RealPusher, { type PresenceChannel } from "pusher-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WireClient } from "../support/wire-client.js";

/** A cable that is out: nothing arrives, nobody is told, and each side notices by its own timeouts. */

let world: MockPusher;

beforeEach(() => {
  world = createMockPusher();
});

afterEach(() => {
  world.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const trigger = (data: unknown, channel = "task-1") => world.server.trigger(channel, "e", data);

describe.each(["immediate", "network"] as const)("in this process, with %s delivery", (delivery) => {
  beforeEach(() => {
    vi.useFakeTimers();
    world.configure({ delivery, latency: 0 });
  });

  const soon = () => vi.advanceTimersByTimeAsync(10);

  async function subscriber(id: string, channel = "task-1") {
    const client = world.client({ user: { id } });
    const received: unknown[] = [];
    const states: string[] = [];
    client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
    const room = client.subscribe(channel) as PresenceChannel;
    room.bind("e", (data: unknown) => received.push(data));
    await soon();
    states.length = 0;
    return { client, received, states, room };
  }

  it("a client gets nothing, and when the cable is in again it gets everything in its order", async () => {
    const [one, two] = [await subscriber("ann"), await subscriber("bob")];
    const silence = world.network.silence(one.client);
    for (const data of [1, 2]) await Promise.all([trigger(data), soon()]);
    expect([one.received, two.received, one.client.connection.state]).toEqual([[], [1, 2], "connected"]);
    silence.restore();
    await soon();
    await Promise.all([trigger(3), soon()]);
    expect([one.received, two.received, one.states]).toEqual([[1, 2, 3], [1, 2, 3], []]);
  });

  it("what a client sends arrives when the cable is in again", async () => {
    const [one, two] = [await subscriber("ann", "private-a"), await subscriber("bob", "private-a")];
    const typed = vi.fn();
    two.client.channel("private-a").bind("client-typing", typed);
    const silence = world.network.silence(one.client);
    expect(one.client.channel("private-a").trigger("client-typing", {})).toBe(true);
    const late = one.client.subscribe("task-2");
    await soon();
    expect([typed.mock.calls.length, late.subscribed, world.state.getSubscriberCount("task-2")]).toEqual([0, false, 0]);
    silence.restore();
    await soon();
    expect([typed.mock.calls.length, late.subscribed, world.state.getSubscriberCount("task-2")]).toEqual([1, true, 1]);
  });

  it("a client notices by its own timeouts and waits until it can connect; the service lets go of it by its own", async () => {
    const [one, two] = [await subscriber("ann", "presence-room"), await subscriber("bob", "presence-room")];
    const left = vi.fn();
    two.client.channel("presence-room").bind("pusher:member_removed", ({ id }: { id: string }) => left(id));
    const silence = world.network.silence(one.client);
    await vi.advanceTimersByTimeAsync(149_000);
    expect([one.states, left.mock.calls]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(12_000);
    expect([one.states, left.mock.calls]).toEqual([["connecting", "unavailable"], [["ann"]]]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(one.client.connection.state).toBe("unavailable");
    silence.restore();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(one.states).toEqual(["connecting", "unavailable", "connected"]);
    await Promise.all([trigger(1, "presence-room"), soon()]);
    expect([one.received, two.received, one.room.members.count]).toEqual([[1], [1], 2]);
  });

  it("who leaves meanwhile is gone for the others when the cable is in again", async () => {
    const [one, two] = [await subscriber("ann", "presence-room"), await subscriber("bob", "presence-room")];
    const silence = world.network.silence(one.client);
    one.client.disconnect();
    await soon();
    expect(two.room.members.count).toBe(2);
    silence.restore();
    await soon();
    expect(two.room.members.count).toBe(1);
  });

  it("all are silent, those too that come later", async () => {
    const one = await subscriber("ann");
    const silence = world.network.silence("all");
    const two = await subscriber("bob");
    await Promise.all([trigger(1), soon()]);
    expect([one.received, two.received, two.client.connection.state]).toEqual([[], [], "connecting"]);
    expect(silence.strikes).toBe(1);
    world.network.restore();
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all([trigger(2), soon()]);
    expect([one.received, two.received]).toEqual([[1, 2], [2]]);
  });

  it("who is the first to come, and finds the cable out, is let in when it is in again", async () => {
    const silence = world.network.silence("all");
    const first = world.client();
    await soon();
    expect(first.connection.state).toBe("connecting");
    silence.restore();
    await soon();
    expect(first.connection.state).toBe("connected");
  });

  it("a cable that has kept somebody out has not been out for nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const late = world.client();
    late.disconnect();
    for (const who of ["all", late] as const) {
      const silence = world.network.silence(who);
      late.connect();
      await soon();
      expect(late.connection.state).toBe("connecting");
      silence.restore();
      late.disconnect();
      await soon();
    }
    expect(warn).not.toHaveBeenCalled();
    world.network.silence("all").restore();
    expect(warn.mock.calls).toEqual([["pushrig: silence() matched nothing; nobody was connected"]]);
  });

  it("a reset ends it, and nothing from before arrives", async () => {
    const { client, received } = await subscriber("ann");
    world.network.silence(client);
    await Promise.all([trigger(1), soon()]);
    world.reset();
    const after: unknown[] = [];
    client.subscribe("task-1").bind("e", (data: unknown) => after.push(data));
    await soon();
    await Promise.all([trigger(2), soon()]);
    expect([received, after]).toEqual([[], [2]]);
  });
});

describe("at a gateway", () => {
  let gateway: Gateway;

  beforeEach(async () => {
    gateway = await world.listen({ port: 0 });
  });

  const connect = () => WireClient.connect(gateway.port, world.app.key);

  it("a socket gets nothing and is not closed; then everything comes, in its order, in both directions", async () => {
    const [one, two] = [await connect(), await connect()];
    for (const client of [one, two]) await client.subscribe("task-1");
    const silence = world.network.silence(one.socketId);
    for (const data of [1, 2]) await trigger(data);
    one.send("pusher:subscribe", { channel: "task-2" });
    expect([(await two.frame("e")).data, (await two.frame("e")).data]).toEqual([1, 2]);
    expect(world.state.getSubscriberCount("task-2")).toBe(0);
    expect(one.unread).toEqual([]);
    silence.restore();
    expect([(await one.frame("e")).data, (await one.frame("e")).data]).toEqual([1, 2]);
    await one.frame("pusher_internal:subscription_succeeded");
    expect(world.state.getSubscriberCount("task-2")).toBe(1);
    for (const client of [one, two]) client.close();
  });

  it("what the test keeps back is not under way: idle() does not wait for it", async () => {
    const socket = await connect();
    const client = world.client();
    client.subscribe("task-1");
    await socket.subscribe("task-1");
    using silence = world.network.silence("all");
    using held = world.network.hold({ event: "slow" });
    await trigger(1);
    await world.server.trigger("task-1", "slow", 2);
    await world.idle();
    silence.restore();
    await world.idle();
    expect([(await socket.frame("e")).data, held.waiting]).toEqual([1, 2]);
    socket.close();
  });

  it("a client that connects anew waits, others come in", async () => {
    const client = await connect();
    const silence = world.network.silence(client.socketId);
    client.close();
    let isBack = false;
    const back = connect().then((again) => {
      isBack = true;
      return again;
    });
    // Another program: it says who it is.
    const other = await WireClient.connect(gateway.port, world.app.key, { "user-agent": "other" });
    await other.subscribe("task-1");
    expect(isBack).toBe(false);
    silence.restore();
    (await back).close();
    other.close();
  });

  it("pusher-js is unavailable while nobody gets in, then connected, and subscribed again", async () => {
    const options = {
      wsHost: "127.0.0.1",
      wsPort: gateway.port,
      forceTLS: false,
      cluster: "",
      enabledTransports: ["ws"],
    };
    const timeouts = { activityTimeout: 300, pongTimeout: 100, unavailableTimeout: 100 };
    const client = new RealPusher(world.app.key, { ...options, ...timeouts } as never);
    try {
      const states: string[] = [];
      const channel = client.subscribe("task-1");
      await vi.waitFor(() => expect(channel.subscribed).toBe(true));
      client.connection.bind("state_change", ({ current }: { current: string }) => states.push(current));
      const silence = world.network.silence("all");
      await vi.waitFor(() => expect(states).toEqual(["connecting", "unavailable"]), 5_000);
      silence.restore();
      await vi.waitFor(() => expect(client.connection.state).toBe("connected"), 5_000);
      await vi.waitFor(() => expect(channel.subscribed).toBe(true), 5_000);
      await vi.waitFor(() => expect(world.state.getSubscriberCount("task-1")).toBe(1), 5_000);
    } finally {
      client.disconnect();
    }
  });

  it("a client without WebSocket is silent as well, its requests wait, and a new session is refused", async () => {
    const post = async (session: string, what: string, body = "") => {
      const url = `${gateway.url}/pusher/app/${world.app.key}/123/${session}/${what}?protocol=7&client=js&version=8`;
      return (await fetch(url, { method: "POST", body })).text();
    };
    let lines = "";
    const poll = async (wanted: string) => {
      while (!lines.includes(wanted)) lines += await post("one", "xhr");
    };
    await poll("connection_established");
    const socketId = /\d+\.\d+/.exec(lines)?.[0] as string;
    await post("one", "xhr_send", JSON.stringify(['{"event":"pusher:subscribe","data":{"channel":"task-1"}}']));
    await poll("subscription_succeeded");
    const silence = world.network.silence(socketId);
    await trigger("kept back");
    let hasSent = false;
    const sent = post("one", "xhr_send", JSON.stringify(['{"event":"pusher:subscribe","data":{"channel":"task-2"}}']));
    void sent.then(() => (hasSent = true));
    const polled = poll("kept back");
    // A program that says something else of itself is let in meanwhile, so the gateway has had its turn.
    await (await WireClient.connect(gateway.port, world.app.key, { "user-agent": "other" })).subscribe("task-3");
    expect([lines.includes("kept back"), hasSent, world.state.getSubscriberCount("task-2")]).toEqual([false, false, 0]);
    silence.restore();
    await polled;
    await sent;
    expect(world.state.getSubscriberCount("task-2")).toBe(1);
    world.network.refuse({ code: 4004, reason: "no room", times: 1 });
    expect(await post("two", "xhr")).toContain('c[4004,"no room"]');
    world.network.refuse({ times: 1 });
    await expect(post("three", "xhr")).rejects.toThrowError("fetch failed");
  });

  it("refuses and delays sockets too", async () => {
    world.network.refuse({ times: 1 });
    await expect(connect()).rejects.toThrowError("socket hang up");
    world.network.refuse({ code: 4004, reason: "no room", times: 1 });
    await expect(connect()).rejects.toThrowError("no room");
    const [one, other] = [await connect(), await connect()];
    await one.subscribe("task-9");
    const refusals = world.network.refuse({ client: one.socketId, code: 4004, reason: "not you", times: 1 });
    (await connect()).close();
    one.close();
    await vi.waitFor(() => expect(world.state.getSubscriberCount("task-9")).toBe(0));
    await expect(connect()).rejects.toThrowError("not you");
    expect(refusals.strikes).toBe(1);
    (await connect()).close();
    other.close();
    const delay = world.network.delay(100);
    const before = performance.now();
    (await connect()).close();
    expect(performance.now() - before).toBeGreaterThanOrEqual(99);
    expect(delay.strikes).toBe(1);
  });

  describe("asked for a WebSocket on a connection that has served requests, as proxies do", () => {
    let agent: Agent;

    beforeEach(async () => {
      agent = new Agent({ keepAlive: true, maxSockets: 1 });
      await new Promise<void>((resolve, reject) => {
        const asked = get(`${gateway.url}/health`, { agent }, (answer) => answer.resume().on("end", resolve));
        asked.on("error", reject);
      });
    });
    afterEach(() => agent.destroy());

    const switched = (more = {}) => WireClient.connect(gateway.port, world.app.key, more, agent);

    it("cuts it", async () => {
      const refusals = world.network.refuse({ times: 1 });
      await expect(switched()).rejects.toThrowError("socket hang up");
      expect(refusals.strikes).toBe(1);
    });

    it("refuses it with a code", async () => {
      world.network.refuse({ code: 4004, reason: "no room", times: 1 });
      await expect(switched()).rejects.toThrowError("no room");
    });

    it("delays it", async () => {
      const delay = world.network.delay(100);
      const before = performance.now();
      (await switched()).close();
      expect(performance.now() - before).toBeGreaterThanOrEqual(99);
      expect(delay.strikes).toBe(1);
    });

    it("has who connects anew wait, and knows that it is silent", async () => {
      const client = await connect();
      const silence = world.network.silence(client.socketId);
      client.close();
      let isBack = false;
      const back = switched().then((again) => {
        isBack = true;
        return again;
      });
      // Another program, on a connection of its own: the gateway has had its turn.
      const other = await WireClient.connect(gateway.port, world.app.key, { "user-agent": "other" });
      await other.subscribe("task-1");
      expect(isBack).toBe(false);
      silence.restore();
      const again = await back;
      // It is known by what it says of itself, like any other.
      world.network.silence(again.socketId);
      const third = connect().then(() => "came in");
      await other.subscribe("task-2");
      expect(await Promise.race([third, other.subscribe("task-3").then(() => "waits")])).toBe("waits");
      world.network.restore();
      expect(await third).toBe("came in");
      for (const one of [again, other]) one.close();
    });

    it("closes while it waits", async () => {
      const warn = vi.spyOn(console, "warn").mockReturnValue();
      world.network.silence("all");
      const waiting = switched().catch(() => "refused");
      const other = await fetch(`${gateway.url}/health`);
      expect(other.status).toBe(200);
      await gateway.close();
      expect(await waiting).toBe("refused");
      world.network.restore();
      expect(warn).not.toHaveBeenCalled();
    });
  });

  it("a page that may not come in uses up no refusal", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const refusal = world.network.refuse({ code: 4004, reason: "no room", times: 1 });
    const foreign = WireClient.connect(gateway.port, world.app.key, { origin: "https://evil.example" });
    await expect(foreign).rejects.toThrowError("pages of https://evil.example may not use");
    expect(refusal.strikes).toBe(0);
    await expect(connect()).rejects.toThrowError("no room");
  });

  it("closes while somebody is silent and somebody waits", async () => {
    const client = await connect();
    world.network.silence("all");
    const waiting = connect().catch(() => "refused");
    await gateway.close();
    expect(await waiting).toBe("refused");
    client.close();
  });
});
