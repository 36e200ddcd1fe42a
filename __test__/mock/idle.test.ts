import net from "node:net";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { configure, createMockPusher, idle as idleOfDefault, MockPusherClient, reset, type MockPusher } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { world } from "../support/world";
import { results } from "../support/child";
import { messageOf } from "../support/rejected";

let app: MockPusher;

beforeEach(() => {
  app = world();
});

afterEach(() => {
  vi.useRealTimers();
});

const soon = { timeout: 60 };

describe("idle()", () => {
  it("resolves where nothing has happened at all", async () => {
    await expect(app.idle()).resolves.toBeUndefined();
  });

  it("is there for the default app", async () => {
    configure({ delivery: "network", latency: 10 });
    const client = new MockPusherClient("key", { cluster: "eu" });
    await idleOfDefault();
    expect(client.connection.state).toBe("connected");
    client.disconnect();
    await idleOfDefault();
    configure({ delivery: "immediate", latency: 0 });
    reset();
  });

  it("waits for what is on the simulated network: connecting, subscribing, events, answers", async () => {
    app = world({ delivery: "network", latency: 10 });
    const [ada, bob] = [app.client({ user: { id: "ada" } }), app.client({ user: { id: "bob" } })];
    const heard: unknown[] = [];
    const room = ada.subscribe("presence-room");
    room
      .bind("pusher:member_added", (member: { id: string }) => heard.push(member.id))
      .bind("e", (data: unknown) => heard.push(data));
    await app.idle();
    expect(room.subscribed).toBe(true);
    bob.subscribe("presence-room");
    await app.idle();
    void app.server.trigger("presence-room", "e", 1);
    await app.idle();
    bob.disconnect();
    await app.idle();
    expect(heard).toEqual(["bob", 1]);
    expect(app.state.getSubscriberCount("presence-room")).toBe(1);
  });

  it("waits for what the next tick of polling has", async () => {
    app = world({ delivery: "polling", pollInterval: 40, latency: 0 });
    const heard = vi.fn();
    app.client().subscribe("task-1").bind("e", heard);
    await app.idle();
    void app.server.trigger("task-1", "e", 1);
    await app.idle();
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("waits for authorizations and sign-ins, however they are asked for", async () => {
    const asked: Array<() => void> = [];
    const answering = (answer: object) => (_: unknown, callback: (error: null, data: never) => void) =>
      asked.push(() => callback(null, answer as never));
    const client = app.client({
      channelAuthorization: { customHandler: answering({ auth: `${app.app.key}:x` }) } as never,
      userAuthentication: { customHandler: answering({ auth: "x", user_data: "{}" }) } as never,
    });
    client.subscribe("private-task-1");
    client.signin();
    expect(await messageOf(app.idle(soon))).toBe(
      'idle() has waited 60 ms for:\n  the authorization of mock-connection-1 for "private-task-1"\n' +
        "  the answer to the sign-in of mock-connection-1\nWhat the application itself waits for, idle() does not know.",
    );
    for (const answer of asked) answer();
    await app.idle();
  });

  it("waits for no authorization of before a reset", async () => {
    const client = app.client({ channelAuthorization: { customHandler: () => {} } as never });
    client.subscribe("private-task-1");
    app.reset();
    await expect(app.idle()).resolves.toBeUndefined();
  });

  it("waits for no authorization whose handler has thrown", async () => {
    const fails = () => {
      throw new Error("mine");
    };
    const client = app.client({ channelAuthorization: { customHandler: fails } as never });
    expect(() => client.subscribe("private-task-1")).toThrow("mine");
    await app.idle();
  });

  it("waits for webhooks that are held back, and until receivers have answered", async () => {
    app = world({ webhookHold: 30 });
    const done: string[] = [];
    app.onWebhook(async (request) => {
      const { events } = (await request.json()) as { events: Array<{ name: string }> };
      await new Promise<void>((resolve) => setImmediate(resolve));
      done.push(events[0].name);
    });
    const client = app.client();
    client.subscribe("task-1");
    client.unsubscribe("task-1");
    await app.idle();
    expect(done).toEqual(["channel_occupied", "channel_vacated"]);
  });

  it("says which webhooks it waits for, and how long", async () => {
    app.onWebhook(() => {});
    const client = app.client();
    client.subscribe("task-1");
    await app.idle();
    client.unsubscribe("task-1");
    expect(await messageOf(app.idle(soon))).toMatch(
      /^idle\(\) has waited 60 ms for:\n  1 webhook event held back: channel_vacated of "task-1", due in [\d,]+ ms\nGive it more time:  await idle\(\{ timeout: [34]_000 \}\)$/,
    );
  });

  it("says that a receiver does not answer", async () => {
    let answer = () => {};
    app.onWebhook(() => new Promise<void>((resolve) => (answer = resolve)));
    app.client().subscribe("task-1");
    expect(await messageOf(app.idle(soon))).toContain(
      '\n  1 webhook without an answer: channel_occupied of "task-1" to a handler in this process\n',
    );
    answer();
    await app.idle();
  });

  it("says that fake timers stand still, and how to move them", async () => {
    app = world({ delivery: "network", latency: 50 });
    const client = app.client();
    await app.idle();
    vi.useFakeTimers();
    client.subscribe("task-1");
    expect(await messageOf(app.idle(soon))).toBe(
      "idle() has waited 60 ms for:\n  1 frame of mock-connection-1 on the simulated network, due in 0 ms\n" +
        "Fake timers are on, and they stand still. While idle() waits:  await vi.advanceTimersByTimeAsync(50)",
    );
    const waiting = app.idle();
    await vi.advanceTimersByTimeAsync(100);
    await waiting;
    expect(app.state.getSubscriberCount("task-1")).toBe(1);
  });

  it("waits for requests that a gateway of this process is answering", async () => {
    const gateway = await app.listen({ port: 0 });
    const socket = net.connect(gateway.port, "127.0.0.1");
    await once(socket, "connect");
    const path = `/apps/${app.app.id}/events`;
    socket.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n`);
    await vi.waitFor(async () =>
      expect(await messageOf(app.idle(soon))).toContain(`\n  1 request at a gateway: POST ${path}\n`),
    );
    const waiting = app.idle();
    socket.write("{}");
    await once(socket, "data");
    await waiting;
    socket.destroy();
    await gateway.close();
  });

  it("waits for a socket that does not read, and names it", async () => {
    const gateway = await app.listen({ port: 0, maxQueuedBytes: 2 ** 30 });
    const socket = net.connect(gateway.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(
      `GET /app/${app.app.key}?protocol=7 HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const [greeting] = (await once(socket, "data")) as [Buffer];
    expect(String(greeting)).toContain("101");
    socket.pause();
    const text = JSON.stringify({ event: "pusher:subscribe", data: { channel: "task-1" } });
    const mask = Buffer.from([1, 2, 3, 4]);
    const payload = Buffer.from(text).map((byte, at) => byte ^ mask[at % 4]);
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload]));
    await app.channel("task-1").subscribed();
    const data = "x".repeat(10_000);
    let said = "";
    // As much as the buffers of both kernels take.
    while (!said.includes("that does not read")) {
      for (let i = 0; i < 200; i += 1) await app.server.trigger("task-1", "e", data);
      said = await app.idle({ timeout: 200 }).then(
        () => "",
        (error: Error) => error.message,
      );
    }
    expect(said).toMatch(/\n  1 socket that does not read: \d+\.\d+\n/);
    const waiting = app.idle({ timeout: 10_000 });
    socket.resume();
    await waiting;
    socket.destroy();
    await gateway.close();
  });

  it("waits for the mail of another thread", async () => {
    const blocked = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       const { MockPusherClient } = require(${JSON.stringify(require.resolve("pushrig"))});
       const client = new MockPusherClient(workerData.key, { cluster: "eu" });
       client.subscribe("task-1").bind("e", (data) => parentPort.postMessage(data));
       parentPort.on("message", () => {
         parentPort.postMessage("blocked");
         Atomics.wait(workerData.blocked, 0, 0);
       });
       parentPort.postMessage("ready");`,
      { eval: true, workerData: { key: app.app.key, blocked } },
    );
    const messages: unknown[] = [];
    worker.on("message", (message) => messages.push(message));
    await vi.waitFor(() => expect(messages).toEqual(["ready"]));
    worker.postMessage("block");
    await vi.waitFor(() => expect(messages).toEqual(["ready", "blocked"]));
    void app.server.trigger("task-1", "e", 1);
    expect(await messageOf(app.idle(soon))).toContain("\n  mail of 1 thread or copy of the package\n");
    const waiting = app.idle({ timeout: 10_000 });
    Atomics.store(blocked, 0, 1);
    Atomics.notify(blocked, 0);
    await waiting;
    await worker.terminate();
  });

  it("takes a timeout that is one", async () => {
    await expect(app.idle({ timeout: -1 })).rejects.toThrow(
      "pushrig: the timeout of idle() is milliseconds from 0 to 2147483647, not -1",
    );
    await expect(app.idle(5 as never)).rejects.toThrow(
      "pushrig: idle() takes options in an object such as { timeout: 5_000 }, not 5",
    );
    await expect(app.idle({ timout: 5 } as never)).rejects.toThrow(
      'pushrig: idle() has no option "timout"; did you mean "timeout"?',
    );
  });

  it("says that its app was closed; and one that is closed meanwhile is quiet", async () => {
    app = world({ delivery: "network", latency: 5_000 });
    app.client();
    const waiting = app.idle({ timeout: 60_000 });
    app.close();
    await waiting;
    await expect(app.idle()).rejects.toThrow("pushrig: this app was closed");
  });

  it("has quiet tests beside it wait for nothing of it", async () => {
    const other = createMockPusher({ delivery: "network", latency: 5_000 });
    other.client();
    await expect(app.idle()).resolves.toBeUndefined();
    other.close();
  });
});

describe("two copies of the package on one thread", () => {
  it("wait for what the other has under way", async () => {
    expect(await results("copies.cjs", import.meta.url)).toEqual([
      [true, "connected", [1]],
      [1, 2],
      [1, 2],
    ]);
  });
});
