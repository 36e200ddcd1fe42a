import { execFileSync } from "node:child_process";
import PusherJs from "pusher-js";
import { createMockPusher, type Activity, type Gateway, type ListenOptions, type MockPusher } from "pushrig";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { next } from "../support/next";

vi.setConfig({ testTimeout: 60_000 });

/** Publishes from a process of its own: `node -e PUBLISHER port id key secret batches`. Each batch is eleven activities. */
const PUBLISHER = `
  const Pusher = require("pusher");
  const [port, appId, key, secret, batches] = process.argv.slice(1);
  const server = new Pusher({ appId, key, secret, host: "127.0.0.1", port, useTLS: false });
  const batch = Array.from({ length: 10 }, (_, n) => ({ channel: "c-" + n, name: "e", data: "{}" }));
  (async () => {
    for (let sent = 0; sent < Number(batches); sent += 20)
      await Promise.all(Array.from({ length: 20 }, () => server.triggerBatch(batch)));
  })();
`;

it("says how many activities were lost while the thread was too busy to hear of them, behind those that were not", async () => {
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  const activities: Activity[] = [];
  const gateway = await rig.listen({ port: 0, onActivity: (activity) => void activities.push(activity) });
  const publish = (batches: number): void => {
    const { id, key, secret } = rig.app;
    execFileSync(process.execPath, ["-e", PUBLISHER, String(gateway.port), id, key, secret, String(batches)]);
  };
  // This thread hears of nothing meanwhile.
  publish(1_000);
  await vi.waitFor(() => expect(activities.length).toBeGreaterThan(0));
  expect(activities).toHaveLength(10_001);
  expect(activities.at(-1)).toEqual({ v: 1, time: expect.any(Number), type: "lost", count: 1_000 });
  activities.length = 0;
  publish(20);
  await vi.waitFor(() => expect(activities).toHaveLength(220));
  expect(activities.map(({ type }) => type)).not.toContain("lost");
});

it("a watcher that fails on one activity hears of the others all the same", async () => {
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  const uncaught: unknown[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  onTestFinished(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  });
  const heard: string[] = [];
  const mistake = new Error("a mistake");
  const gateway = await rig.listen({
    port: 0,
    onActivity({ path = "" }) {
      heard.push(path);
      if (path === "/1") throw mistake;
    },
  });
  await Promise.all(["/1", "/2", "/3"].map((path) => fetch(gateway.url + path)));
  await vi.waitFor(() => expect([heard.toSorted(), uncaught]).toEqual([["/1", "/2", "/3"], [mistake]]));
});

/** A gateway that is watched. */
async function watched(rig: MockPusher, options: ListenOptions = {}): Promise<{ gateway: Gateway; told: Activity[] }> {
  const told: Activity[] = [];
  const gateway = await rig.listen({ port: 0, ...options, onActivity: (activity) => void told.push(activity) });
  onTestFinished(() => gateway.close());
  return { gateway, told };
}

/** The real pusher-js at a gateway, connected. */
async function connected(rig: MockPusher, { port }: Gateway): Promise<PusherJs> {
  const options = {
    cluster: "x",
    wsHost: "127.0.0.1",
    wsPort: port,
    forceTLS: false,
    enabledTransports: ["ws" as const],
  };
  const client = new PusherJs(rig.app.key, options);
  onTestFinished(() => client.disconnect());
  await next(client.connection, "connected");
  return client;
}

const app = (): MockPusher => {
  const rig = createMockPusher();
  onTestFinished(() => rig.close());
  return rig;
};

const types = (told: Activity[]): string[] => told.map(({ type }) => type);

describe("who watches a gateway", () => {
  it("hears what happened in that order, with when it was and its number in the app's journal", async () => {
    const rig = app();
    const before = Date.now();
    const { gateway, told } = await watched(rig);
    const client = await connected(rig, gateway);
    const socketId = client.connection.socket_id;
    await next(client.subscribe("room"), "pusher:subscription_succeeded");
    rig.state.trigger("room", "e", { text: "x".repeat(300) });
    await fetch(`${gateway.url}/nowhere`);
    rig.state.trigger("rooom", "e", 1);
    client.unsubscribe("room");
    await vi.waitFor(() => expect(types(told)).toContain("unsubscribed"));
    client.disconnect();
    await vi.waitFor(() => expect(types(told)).toContain("closed"));
    const data = JSON.stringify({ text: "x".repeat(300) });
    const appId = rig.app.id;
    const of = { v: 1, time: expect.any(Number), seq: expect.any(Number), appId };
    expect(told).toEqual([
      { ...of, type: "opened", socketId, transport: "ws" },
      { ...of, type: "subscribed", socketId, channel: "room" },
      {
        ...of,
        type: "published",
        channel: "room",
        event: "e",
        data,
        bytes: data.length,
        sockets: 1,
      },
      {
        v: 1,
        time: expect.any(Number),
        type: "requested",
        method: "GET",
        path: "/nowhere",
        status: 404,
        body: "404 NOT FOUND",
      },
      { ...of, type: "unheard", channel: "rooom", event: "e", data: "1", bytes: 1, meant: "room" },
      { ...of, type: "unsubscribed", socketId, channel: "room" },
      { ...of, type: "closed", socketId },
    ]);
    const times = told.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(times[0]).toBeGreaterThanOrEqual(before - 1);
    const numbers = told.flatMap(({ seq }) => seq ?? []);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  });

  it("hears of every webhook of the app, whoever gets it, where it stands in the journal", async () => {
    const rig = app();
    rig.configure({ webhookHold: 0 });
    const { told } = await watched(rig, {
      webhooks: { to: "http://127.0.0.1:1/", events: ["channel_occupied"], batch: true },
    });
    rig.onWebhook(() => new Response(null, { status: 201 }), { events: ["channel_vacated"] });
    const client = rig.client();
    for (const room of ["a", "b"]) client.subscribe(room);
    await rig.sentWebhook("channel_occupied");
    client.unsubscribe("a");
    await rig.sentWebhook("channel_vacated");
    rig.state.trigger("nobody-here", "e", 1);
    await vi.waitFor(() => expect(types(told)).toEqual(["webhook", "webhook", "unheard"]));
    const [refused, answered] = told;
    const of = { v: 1, time: expect.any(Number), seq: expect.any(Number), appId: rig.app.id, type: "webhook" };
    const events = ["channel_occupied", "channel_occupied"];
    expect(refused).toEqual({
      ...of,
      to: "http://127.0.0.1:1/",
      events,
      error: expect.stringContaining("ECONNREFUSED"),
    });
    expect(answered).toEqual({ ...of, to: "handler", events: ["channel_vacated"], channel: "a", status: 201 });
  });

  it("hears which option a client was beyond", async () => {
    const rig = app();
    const { gateway, told } = await watched(rig, { maxConnections: 1, messagesPerSecond: 5 });
    const client = await connected(rig, gateway);
    const options = { cluster: "x", wsHost: "127.0.0.1", wsPort: gateway.port, forceTLS: false };
    const second = new PusherJs(rig.app.key, { ...options, enabledTransports: ["ws"] });
    onTestFinished(() => second.disconnect());
    const refused = (): Activity[] => told.filter(({ type }) => type === "refused");
    await vi.waitFor(() => expect(refused()).toHaveLength(1));
    second.disconnect();
    const frame = JSON.stringify({ event: "pusher:error", data: { code: 4100, message: "Over capacity" } });
    expect(refused()[0]).toMatchObject({ limit: "maxConnections", frame, appId: rig.app.id });
    const { socket_id: socketId } = client.connection;
    for (let n = 0; n < 10; n += 1) client.send_event("client-e", {}, "room");
    await vi.waitFor(() => expect(refused().some(({ limit }) => limit === "messagesPerSecond")).toBe(true));
    expect(refused().find(({ limit }) => limit === "messagesPerSecond")).toMatchObject({ socketId, frame });
  });

  it("hears of the clients of its own gateway, whatever other gateways the app has", async () => {
    const rig = app();
    const [one, other] = [await watched(rig), await watched(rig)];
    const client = await connected(rig, one.gateway);
    client.subscribe("room");
    await vi.waitFor(() => expect(types(one.told)).toEqual(["opened", "subscribed"]));
    rig.state.trigger("nobody", "e", 1);
    await vi.waitFor(() => expect(types(other.told)).toEqual(["unheard"]));
  });

  it("hears of what happened right before a reset, and that clients of an app that is closed have left", async () => {
    const rig = app();
    const { gateway, told } = await watched(rig);
    const client = await connected(rig, gateway);
    const socketId = client.connection.socket_id;
    rig.state.trigger("nobody", "e", 1);
    rig.reset();
    await vi.waitFor(() => expect(types(told)).toEqual(["opened", "unheard"]));
    rig.state.trigger("nobody", "f", 1);
    rig.close();
    await vi.waitFor(() => expect(types(told)).toContain("closed"));
    expect(told.slice(2)).toEqual([
      expect.objectContaining({ type: "unheard", event: "f" }),
      expect.objectContaining({ type: "closed", socketId }),
    ]);
  });
});
