import { createMockPusher, type MockPusher, type MockPusherOptions } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answer, RawReceiver, type RawAnswer } from "../support/raw-receiver";
import { receiver } from "./receiver";

// Sockets take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let rig: MockPusher;
let server: RawReceiver | undefined;

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(async () => {
  rig.close();
  await server?.close();
  server = undefined;
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function world(options: MockPusherOptions = {}): MockPusher {
  rig = createMockPusher({ webhookHold: 0, ...options });
  return rig;
}

/** A world whose webhooks go to a server that answers so. */
async function worldWith(...answers: RawAnswer[]): Promise<RawReceiver> {
  server = new RawReceiver(...answers);
  await server.listen();
  world({ webhooks: server.origin });
  return server;
}

const join = (...channels: string[]): void => {
  for (const channel of channels) rig.state.subscribe("somebody", channel);
};

/** A handler that answers only once it is open. */
function gated() {
  const seen: string[] = [];
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let [now, most] = [0, 0];
  const handler = async (request: Request): Promise<void> => {
    most = Math.max(most, (now += 1));
    seen.push(...channels([await request.text()]));
    await opened;
    now -= 1;
  };
  return { handler, seen, open, mostAtATime: () => most };
}

const ok = answer(200);
const channels = (bodies: readonly string[]): string[] => bodies.map((body) => JSON.parse(body).events[0].channel);
const states = (): string[] => rig.webhooks().map(({ state, status, error }) => `${state} ${status ?? error}`);

describe("a handler that answers", () => {
  it("nothing has taken it", async () => {
    world({ webhooks: () => {} });
    join("room");
    await rig.settledWebhooks();
    expect(states()).toEqual(["delivered 200"]);
  });

  it.each(["ok", { ok: true }, true])("%o, which is no Response, is told what a handler answers", async (given) => {
    world({ webhooks: (() => given) as never });
    join("room");
    await vi.waitFor(() =>
      expect(states()).toEqual([
        `retrying TypeError: pushrig: a webhook's handler answers a Response, or nothing, and not ${JSON.stringify(given)}`,
      ]),
    );
  });
});

describe("a receiver that answers", () => {
  it.each<[string, RawAnswer, string | RegExp]>([
    [
      "101",
      (socket) => socket.write("HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
      "retrying 101",
    ],
    ["101 and ends", answer(101, "Connection: Upgrade\r\nUpgrade: websocket\r\n"), "retrying 101"],
    ["a redirect", answer(307, "Location: http://127.0.0.1:1/\r\n"), "retrying 307"],
    [
      "more headers than Node takes",
      (socket) => socket.write(`HTTP/1.1 200 X\r\nA: ${"a".repeat(100_000)}\r\n\r\n`),
      /^retrying Error: .*overflow/,
    ],
    ["something else than HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"), /^retrying Error: Parse Error/],
    ["nothing and ends", (socket) => socket.end(), "retrying Error: socket hang up"],
    ["nothing and resets", (socket) => socket.resetAndDestroy(), /^retrying Error: (read ECONNRESET|socket hang up)/],
    ["half of the headers and ends", (socket) => socket.end("HTTP/1.1 200 X\r\nA: b\r\n"), /^retrying Error: /],
    [
      "with early hints for ever",
      (socket) => {
        const hint = (): void =>
          void (socket.writable && socket.write("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n", hint));
        hint();
      },
      /^retrying Error: pushrig: .* 1xx/,
    ],
    [
      "with a hint before the answer",
      (socket) => {
        socket.write("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n");
        ok(socket);
      },
      "delivered 200",
    ],
    [
      "and breaks off its body",
      (socket) => socket.write("HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nab", () => socket.resetAndDestroy()),
      "delivered 200",
    ],
    [
      "and keeps the connection",
      (socket) => socket.write("HTTP/1.1 200 X\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"),
      "delivered 200",
    ],
  ])("%s does not hold up the next webhook", async (_, strange, outcome) => {
    const { bodies } = await worldWith(strange, ok);
    join("a", "b");
    await rig.settledWebhooks();
    expect(channels(bodies)).toEqual(["a", "b"]);
    expect(states()).toEqual([
      expect.stringMatching(outcome instanceof RegExp ? outcome : `^${outcome}$`),
      "delivered 200",
    ]);
  });

  it("one header a second is given up after half a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let drip!: () => Promise<void>;
    const { bodies } = await worldWith((socket) => {
      socket.write("HTTP/1.1 200 X\r\n");
      drip = () => new Promise((resolve) => socket.write("A: b\r\n", () => resolve()));
    }, ok);
    join("a", "b");
    await vi.waitFor(() => expect(bodies).toHaveLength(1));
    for (let second = 0; second < 30; second++) {
      await drip();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(await rig.settledWebhooks()).toMatchObject([{ state: "retrying" }, { state: "delivered" }]);
  });

  it("with a body that never ends holds a socket or two, and none soon after the last", async () => {
    const { bodies } = await worldWith((socket) => socket.write("HTTP/1.1 200 X\r\nContent-Length: 999\r\n\r\nab"));
    join("a", "b", "c", "d");
    await rig.settledWebhooks();
    expect(states()).toEqual(Array.from({ length: 4 }, () => "delivered 200"));
    expect(channels(bodies)).toEqual(["a", "b", "c", "d"]);
    await vi.waitFor(() => expect(server!.open).toBe(0), 10_000);
    // The server may hear of one that was cut off after the next has come.
    expect(server!.mostOpen).toBeLessThanOrEqual(2);
  });

  it("with a flood is cut off after 64 KiB", async () => {
    let flooded = 0;
    const chunk = "x".repeat(65_536);
    await worldWith((socket) => {
      socket.write("HTTP/1.1 200 X\r\n\r\n");
      const flood = (): void => {
        if (!socket.writable) return;
        flooded += chunk.length;
        socket.write(chunk, flood);
      };
      flood();
    });
    join("a", "b");
    await rig.settledWebhooks();
    await vi.waitFor(() => expect(server!.open).toBe(0), 10_000);
    expect(states()).toEqual(["delivered 200", "delivered 200"]);
    // What the buffers of two connections hold on their way.
    expect(flooded).toBeLessThan(64 * 1024 * 1024);
  });
});

describe("a receiver that is added again", () => {
  it("gets everything that waits for it", async () => {
    world();
    const slow = gated();
    rig.onWebhook(slow.handler);
    join("a", "b", "c", "d");
    await vi.waitFor(() => expect(slow.seen).toEqual(["a"]));
    rig.onWebhook(slow.handler);
    slow.open();
    await rig.settledWebhooks();
    expect(slow.seen).toEqual(["a", "b", "c", "d"]);
    expect(states()).toEqual(Array.from({ length: 4 }, () => "delivered 200"));
  });

  it("is asked again for what failed before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    world();
    const { handler, requests } = receiver(500, 200);
    rig.onWebhook(handler);
    join("a");
    await rig.settledWebhooks();
    rig.onWebhook(handler);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(requests).toHaveLength(2);
    expect(states()).toEqual(["delivered 200"]);
  });

  it("still gets one thing at a time", async () => {
    world();
    const slow = gated();
    rig.onWebhook(slow.handler);
    join("a", "b");
    await vi.waitFor(() => expect(slow.seen).toEqual(["a"]));
    rig.onWebhook(slow.handler);
    join("c");
    slow.open();
    await rig.settledWebhooks();
    expect([slow.seen, slow.mostAtATime()]).toEqual([["a", "b", "c"], 1]);
  });

  it("by two and removed by one gets what waits and the other wants", async () => {
    world();
    const slow = gated();
    rig.onWebhook(slow.handler, { channelNameStartsWith: "kept-" });
    const gateway = await rig.listen({ port: 0, webhooks: slow.handler });
    join("first", "kept-a", "lost-b", "kept-c");
    await vi.waitFor(() => expect(slow.seen).toEqual(["first"]));
    await gateway.close();
    slow.open();
    await rig.settledWebhooks();
    expect(slow.seen).toEqual(["first", "kept-a", "kept-c"]);
  });

  it("may be removed by an older subscription of the same owner, which changes nothing", async () => {
    world();
    const { handler, requests } = receiver();
    const older = rig.onWebhook(handler);
    rig.onWebhook(handler);
    older.remove();
    join("a");
    await rig.settledWebhooks();
    expect(requests).toHaveLength(1);
  });
});

describe("a receiver that is removed", () => {
  it("leaves nothing that is still to be sent, also what was sent before and waits in line again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    world();
    const answers: Array<(response: Response) => void> = [];
    const subscription = rig.onWebhook(() => new Promise<Response>((resolve) => answers.push(resolve)));
    join("a", "b");
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0](new Response(null, { status: 500 }));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    // The first is due again while the second is under way.
    await vi.advanceTimersByTimeAsync(1_000);
    subscription.remove();
    expect(states()).toEqual(["failed 500", "sending undefined"]);
    answers[1](new Response(null, { status: 500 }));
    await vi.waitFor(() => expect(states()).toEqual(["failed 500", "failed 500"]));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(answers).toHaveLength(2);
  });

  it("by itself hears nothing more, and nobody waits for it", async () => {
    world();
    const requests: Request[] = [];
    const subscription = rig.onWebhook((request) => {
      requests.push(request);
      subscription.remove();
      return new Promise<Response>(() => {});
    });
    const other = receiver();
    rig.onWebhook(other.handler);
    join("a", "b");
    await rig.settledWebhooks();
    expect([requests.length, other.requests.length]).toEqual([1, 2]);
  });

  it("while it throws is told of no more", async () => {
    world();
    const subscription = rig.onWebhook(() => {
      subscription.remove();
      throw new Error("a mistake");
    });
    join("a", "b");
    await rig.settledWebhooks();
    await vi.waitFor(() => expect(states()).toEqual(["failed Error: a mistake"]));
  });
});

describe("a receiver that does not keep up", () => {
  /** Each is a webhook of about 180 KB: its body, and its events. */
  const large = "x".repeat(90_000);

  it("has 32 MiB of webhooks waiting at most; what is dropped is counted and told", async () => {
    world({ limits: { dataBytes: 100_000, clientEventsPerSecond: 1_000 } });
    const slow = gated();
    rig.onWebhook(slow.handler, { events: ["client_event"] });
    const channel = rig.client().subscribe("private-room");
    await vi.waitFor(() => expect(channel.subscribed).toBe(true));
    for (let count = 0; count < 400; count++) {
      channel.trigger("client-large", large);
      await Promise.resolve();
      await new Promise(setImmediate);
    }
    const warn = vi.mocked(console.warn);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(
        /^pushrig: 1\d\d webhooks \(3[012]\.\d MiB\) wait for a handler in this process, which does not/,
      ),
    ]);
    slow.open();
    await rig.settledWebhooks();
    const dropped = 400 - slow.seen.length;
    expect(slow.seen.length).toBeGreaterThan(100);
    expect(dropped).toBeGreaterThan(200);
    expect(warn).toHaveBeenLastCalledWith(
      `pushrig: a handler in this process keeps up again; ${dropped} webhooks to it had to be dropped.`,
    );
    expect(warn).toHaveBeenCalledTimes(2);
  });

  it("and one that does: of what was sent 32 MiB are kept, and who looks is told how many are gone", async () => {
    world({ limits: { dataBytes: 100_000, clientEventsPerSecond: 1_000 } });
    const { handler, requests } = receiver();
    rig.onWebhook(handler, { events: ["client_event"] });
    const channel = rig.client().subscribe("private-room");
    await vi.waitFor(() => expect(channel.subscribed).toBe(true));
    for (let count = 1; count <= 400; count++) {
      channel.trigger("client-large", large);
      while (requests.length < count) await new Promise(setImmediate);
    }
    const kept = (await rig.settledWebhooks()).length;
    expect(kept).toBeGreaterThan(100);
    expect(kept).toBeLessThan(200);
    rig.webhooks();
    expect(vi.mocked(console.warn).mock.calls.flat()).toEqual([
      `pushrig: the first ${400 - kept} of the webhooks that were sent are forgotten: the latest 1,000 are kept, ` +
        `within 32 MiB. reset() starts anew. This is said once.`,
    ]);
  });
});
