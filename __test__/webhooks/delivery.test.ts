import { createHmac } from "node:crypto";
import http from "node:http";
import Pusher from "pusher";
import PusherJs from "pusher-js";
import { createMockPusher, MockPusherServer, type MockPusher, type MockPusherOptions } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { journalOf } from "../support/journal";
import { RecordingServer } from "../support/recording-server";
import { lines, receiver, story } from "./receiver";

// Sockets and processes take their time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let rig: MockPusher;

afterEach(() => {
  rig.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function world(options: MockPusherOptions = {}): MockPusher {
  rig = createMockPusher({ webhookHold: 0, ...options });
  return rig;
}

const join = (...channels: string[]): void => {
  for (const channel of channels) rig.state.subscribe("somebody", channel);
};
const leave = (channel: string): void => rig.state.unsubscribe("somebody", channel);

describe("a webhook", () => {
  it("stands in the journal with each attempt and what became of it", async () => {
    world();
    vi.useFakeTimers();
    const { handler } = receiver(503, 200);
    rig.onWebhook(handler);
    join("room");
    await rig.settledWebhooks();
    await vi.advanceTimersByTimeAsync(60_000);
    await rig.settledWebhooks();
    const of = { to: "handler", events: ["channel_occupied"] };
    expect(journalOf(rig).read({ kinds: ["webhook"] }).entries).toEqual([
      expect.objectContaining({ ...of, attempt: 1, code: 503 }),
      expect.objectContaining({ ...of, attempt: 2, code: 200 }),
    ]);
  });

  it("24. is JSON with the time in milliseconds, signed as sent, of exactly this content type", async () => {
    world();
    const { handler, requests } = receiver();
    rig.onWebhook(handler);
    const before = Date.now();
    join("room");
    await rig.settledWebhooks();
    const [{ headers, rawBody, request }] = requests;
    const { time_ms: time, ...rest } = JSON.parse(rawBody);
    expect(rawBody).toBe(`{"time_ms":${time},"events":[{"name":"channel_occupied","channel":"room"}]}`);
    expect(rest).toEqual({ events: [{ name: "channel_occupied", channel: "room" }] });
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
    expect(request.method).toBe("POST");
    expect(headers).toEqual({
      "content-type": "application/json",
      "x-pusher-key": rig.app.key,
      "x-pusher-signature": createHmac("sha256", rig.app.secret).update(rawBody).digest("hex"),
    });
  });

  // Whoever intercepts requests, such as nock, reads a URL of Node's class, or the fields that an object itself has.
  it("is sent so that interceptors can read where to, whatever class of URL a page has", async () => {
    world();
    const hook = new RecordingServer();
    await hook.listen();
    const request = vi.spyOn(http, "request");
    vi.stubGlobal("URL", class extends URL {});
    rig.onWebhook(`${hook.origin}/hook?x=1`);
    join("room");
    expect((await rig.settledWebhooks())[0]).toMatchObject({ status: 200 });
    vi.unstubAllGlobals();
    const { hostname, port } = new URL(hook.origin);
    const expected = { protocol: "http:", hostname, port: Number(port), path: "/hook?x=1", method: "POST" };
    expect({ ...(request.mock.calls[0]![0] as object) }).toMatchObject(expected);
    await hook.close();
  });

  it("is valid for npm pusher and for the mock server", async () => {
    world();
    const { handler, requests } = receiver();
    rig.onWebhook(handler);
    join("room", "task-7");
    const sent = await rig.settledWebhooks();
    const { id: appId, ...credentials } = rig.app;
    for (const server of [new Pusher({ appId, ...credentials }), rig.server]) {
      for (const request of [...requests, ...sent.map(({ headers, body }) => ({ headers, rawBody: body }))]) {
        const hook = server.webhook(request);
        expect(hook.isValid()).toBe(true);
        expect(hook.getEvents()[0].name).toBe("channel_occupied");
      }
    }
    const tampered = { ...requests[0], rawBody: requests[0].rawBody.replace("occupied", "vacated") };
    expect(rig.server.webhook(tampered).isValid()).toBe(false);
  });

  it("goes over HTTP to a URL, and is valid there", async () => {
    const server = new RecordingServer();
    await server.listen();
    try {
      world({ webhooks: { to: `${server.origin}/hook?x=1`, headers: { "X-Own": "header" } } });
      join("room");
      const [sent] = await rig.settledWebhooks();
      expect(sent).toMatchObject({ state: "delivered", status: 200, attempts: 1, to: `${server.origin}/hook?x=1` });
      const [{ method, url, headers, body }] = server.requests;
      expect([method, url, headers["x-own"], body]).toEqual(["POST", "/hook?x=1", "header", sent.body]);
      expect(headers["content-type"]).toBe("application/json");
      expect(headers["content-length"]).toBe(String(Buffer.byteLength(body)));
      expect(rig.server.webhook({ headers, rawBody: body }).isValid()).toBe(true);
    } finally {
      await server.close();
    }
  });

  it("spells its headers as Pusher does, for receivers that read them as they come", async () => {
    const server = new RecordingServer();
    await server.listen();
    try {
      world({ webhooks: { to: server.origin, headers: { "X-Own": "header" } } });
      join("room");
      const [{ headers }] = await rig.settledWebhooks();
      const [{ spelled }] = server.requests;
      expect(spelled).toEqual(
        expect.arrayContaining(["Content-Type", "Content-Length", "X-Pusher-Key", "X-Pusher-Signature", "X-Own"]),
      );
      expect(Object.keys(headers)).toEqual(["x-own", "content-type", "x-pusher-key", "x-pusher-signature"]);
    } finally {
      await server.close();
    }
  });

  it("may be answered with nothing, which counts as 200", async () => {
    world({ webhooks: async () => {} });
    join("room");
    expect(await rig.settledWebhooks()).toMatchObject([{ state: "delivered", status: 200 }]);
  });

  it("of the default app is signed with the credentials of the first server", async () => {
    const pushrig = await import("pushrig");
    const { handler, requests } = receiver();
    rig = createMockPusher();
    pushrig.configure({ webhookHold: 0 });
    const subscription = pushrig.onWebhook(handler);
    const server = new MockPusherServer({ appId: "9", key: "own-key", secret: "own-secret", cluster: "eu" });
    pushrig.pusherMockState.subscribe("somebody", "room");
    expect(lines(await pushrig.settledWebhooks())).toEqual(["channel_occupied room"]);
    expect(lines(pushrig.webhooks())).toEqual(["channel_occupied room"]);
    expect(requests[0].headers["x-pusher-key"]).toBe("own-key");
    expect(server.webhook(requests[0]).isValid()).toBe(true);
    subscription.remove();
    pushrig.reset();
  });
});

describe("which webhooks a receiver gets", () => {
  it("one event per request, in order, unless it wants batches", async () => {
    world();
    const [single, batched] = [receiver(), receiver()];
    rig.onWebhook(single.handler);
    rig.onWebhook(batched.handler, { batch: true });
    join("a", "b", "c");
    await rig.settledWebhooks();
    const channels = ({ requests }: ReturnType<typeof receiver>) =>
      requests.map(({ rawBody }) => JSON.parse(rawBody).events.map((event: any) => event.channel));
    expect(channels(single)).toEqual([["a"], ["b"], ["c"]]);
    expect(channels(batched)).toEqual([["a", "b", "c"]]);
  });

  it("at most a hundred events in a batch", async () => {
    world({ webhooks: { to: () => {}, batch: true } });
    join(...Array.from({ length: 250 }, (_, number) => `room-${number}`));
    const sent = await rig.settledWebhooks();
    expect(sent.map(({ events }) => events.length)).toEqual([100, 100, 50]);
  });

  it("only events of the kinds and channels that it asked for", async () => {
    world();
    const only = receiver();
    rig.onWebhook(only.handler, {
      events: ["channel_vacated"],
      channelNameStartsWith: "task-",
      channelNameEndsWith: "-7",
      batch: true,
    });
    join("task-7", "task-17", "workspace-7", "task--7");
    for (const channel of ["task-7", "task-17", "workspace-7", "task--7"]) leave(channel);
    await rig.settledWebhooks();
    const bodies = only.requests.map(({ rawBody }) => JSON.parse(rawBody).events);
    expect(bodies.flat()).toEqual([
      { name: "channel_vacated", channel: "task-7" },
      { name: "channel_vacated", channel: "task--7" },
    ]);
  });

  it("a target that is added again gets the new options, once", async () => {
    world();
    const { handler, requests } = receiver();
    rig.onWebhook(handler, { events: ["cache_miss"] });
    rig.onWebhook(handler);
    join("room");
    await rig.settledWebhooks();
    expect(requests).toHaveLength(1);
  });

  it("nothing any more once it is removed", async () => {
    world();
    const [removed, kept] = [receiver(), receiver()];
    const subscription = rig.onWebhook(removed.handler);
    rig.onWebhook(kept.handler);
    subscription.remove();
    subscription.remove();
    join("room");
    await rig.settledWebhooks();
    expect([removed.requests.length, kept.requests.length]).toEqual([0, 1]);
  });
});

describe("departures", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));

  it("are held for three seconds", async () => {
    world({ webhookHold: undefined, webhooks: () => {} });
    join("room");
    leave("room");
    await vi.advanceTimersByTimeAsync(2_999);
    expect(lines(rig.webhooks())).toEqual(["channel_occupied room"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(lines(rig.webhooks())).toEqual(["channel_occupied room", "channel_vacated room"]);
  });

  it("25. and the return within them are not told", async () => {
    world({ webhookHold: 1_000, webhooks: () => {} });
    join("room");
    leave("room");
    await vi.advanceTimersByTimeAsync(999);
    join("room");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(lines(rig.webhooks())).toEqual(["channel_occupied room"]);
  });

  it("keep settledWebhooks() waiting", async () => {
    world({ webhookHold: 1_000, webhooks: () => {} });
    join("room");
    leave("room");
    let settled: string[] | undefined;
    const waiting = story(rig).then((told) => (settled = told));
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(settled).toEqual(["channel_occupied room", "channel_vacated room"]);
  });
});

describe("a receiver that fails", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));

  it("gets the same request again, twice as late each time, for five minutes", async () => {
    world();
    const { handler, requests } = receiver(500);
    rig.onWebhook(handler);
    join("room");
    await rig.settledWebhooks();
    const [sent] = rig.webhooks();
    expect(sent).toMatchObject({ state: "retrying", status: 500, attempts: 1 });
    const attempts: number[] = [];
    for (let second = 1; second <= 600; second++) {
      const before = requests.length;
      await vi.advanceTimersByTimeAsync(1_000);
      if (requests.length > before) attempts.push(second);
    }
    expect(attempts).toEqual([1, 3, 7, 15, 31, 63, 127, 255]);
    expect(sent).toMatchObject({ state: "failed", status: 500, attempts: 9 });
    expect(new Set(requests.map(({ rawBody }) => rawBody)).size).toBe(1);
    expect(rig.webhooks()).toEqual([sent]);
  });

  it.each([[302], [404], [503]])("is asked again after a %i, until it answers 2xx", async (status) => {
    world();
    const { handler, requests } = receiver(status, status, 204);
    rig.onWebhook(handler);
    join("room");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(requests).toHaveLength(3);
    expect(rig.webhooks()).toMatchObject([{ state: "delivered", status: 204, attempts: 3 }]);
  });

  it("does not hold up the others, nor the next event", async () => {
    world();
    const [failing, sound] = [receiver(500, 200), receiver()];
    rig.onWebhook(failing.handler);
    rig.onWebhook(sound.handler);
    join("a", "b");
    await rig.settledWebhooks();
    expect(sound.requests).toHaveLength(2);
    expect(
      rig
        .webhooks()
        .map(({ state }) => state)
        .sort(),
    ).toEqual(["delivered", "delivered", "delivered", "retrying"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(failing.requests.map(({ rawBody }) => JSON.parse(rawBody).events[0].channel)).toEqual(["a", "b", "a"]);
  });

  it("by throwing is told on the console, with the error in the list", async () => {
    world();
    const error = vi.spyOn(console, "error").mockReturnValue();
    const mistake = new Error("a mistake");
    rig.onWebhook(() => {
      throw mistake;
    });
    join("room");
    expect(await rig.settledWebhooks()).toMatchObject([{ state: "retrying", status: undefined, error: mistake }]);
    expect(error).toHaveBeenCalledExactlyOnceWith("pushrig: a webhook's handler failed:", mistake);
  });

  it("by not being there is mentioned once, with its address and the reason", async () => {
    const server = new RecordingServer();
    await server.listen();
    const { origin } = server;
    await server.close();
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    world({ webhooks: origin });
    join("a", "b");
    const [sent] = await rig.settledWebhooks();
    expect(sent.state).toBe("retrying");
    expect(sent.error).toMatchObject({ code: "ECONNREFUSED" });
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toContain(
      `the webhook channel_occupied of "a" to ${origin} came to nothing: Error: connect`,
    );
  });

  it("by never answering is given up after half a minute", async () => {
    world();
    let asked = 0;
    rig.onWebhook(() => {
      asked += 1;
      return new Promise<Response>(() => {});
    });
    join("room");
    await vi.advanceTimersByTimeAsync(29_999);
    expect(rig.webhooks()).toMatchObject([{ state: "sending", attempts: 1 }]);
    vi.spyOn(console, "error").mockReturnValue();
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.webhooks()).toMatchObject([{ state: "retrying", attempts: 1 }]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toBe(2);
  });

  it("by never answering over HTTP, the same", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const server = new RecordingServer();
    server.answers = [{ silent: true }];
    await server.listen();
    world({ webhooks: server.origin });
    join("room");
    await vi.waitFor(() => expect(server.requests).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await rig.settledWebhooks()).toMatchObject([{ state: "retrying" }]);
    expect(String(rig.webhooks()[0].error)).toContain("no answer within 30 seconds");
    rig.close();
    await server.close();
  });
});

describe("what was sent", () => {
  it("is kept up to the latest thousand", async () => {
    world({ webhooks: () => {} });
    join(...Array.from({ length: 1_005 }, (_, number) => `room-${number}`));
    const sent = await rig.settledWebhooks();
    expect([sent.length, sent[0].events[0].channel, sent[999].events[0].channel]).toEqual([
      1_000,
      "room-5",
      "room-1004",
    ]);
  });

  it("is forgotten by reset(), and so is what is still to be sent; receivers stay", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    world({ webhookHold: 1_000 });
    const { handler, requests } = receiver(500, 200);
    rig.onWebhook(handler);
    join("before");
    leave("before");
    await vi.advanceTimersByTimeAsync(0);
    expect(rig.webhooks()).toMatchObject([{ state: "retrying" }]);
    rig.reset();
    expect(rig.webhooks()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toHaveLength(1);
    join("after");
    expect(await story(rig)).toEqual(["channel_occupied after"]);
  });

  it("a reset while a request is under way leaves no trace of it", async () => {
    world();
    let answer!: (response: Response) => void;
    rig.onWebhook(() => new Promise<Response>((resolve) => (answer = resolve)));
    join("before");
    await vi.waitFor(() => expect(answer).toBeDefined());
    rig.reset();
    answer(new Response(null, { status: 500 }));
    expect(await story(rig)).toEqual([]);
  });

  it("can be looked at after close(), which ends sending again and everybody's waiting", async () => {
    world();
    const { handler, requests } = receiver(500);
    rig.onWebhook(handler);
    join("room");
    await rig.settledWebhooks();
    const waiting = rig.settledWebhooks();
    rig.close();
    expect(await waiting).toMatchObject([{ state: "failed", status: 500 }]);
    expect(requests).toHaveLength(1);
  });
});

describe("through listen()", () => {
  it("a receiver is told while the gateway listens, and so is who watches it", async () => {
    world();
    const activities: unknown[] = [];
    const { handler, requests } = receiver();
    const gateway = await rig.listen({
      port: 0,
      webhooks: handler,
      onActivity: (activity) => activity.type === "webhook" && activities.push(activity),
    });
    join("room");
    await rig.settledWebhooks();
    const [{ seq }] = journalOf(rig).read({ kinds: ["webhook"] }).entries;
    await vi.waitFor(() => expect(activities).toHaveLength(1));
    expect(activities).toEqual([
      {
        v: 1,
        time: expect.any(Number),
        seq,
        type: "webhook",
        appId: rig.app.id,
        to: "handler",
        events: ["channel_occupied"],
        channel: "room",
        status: 200,
      },
    ]);
    await gateway.close();
    join("another");
    await rig.settledWebhooks();
    expect(requests).toHaveLength(1);
  });

  it("who watches may take the receiver away, and sending goes on for the others", async () => {
    world();
    const [watched, other] = [receiver(), receiver()];
    rig.onWebhook(other.handler);
    const gateway = await rig.listen({ port: 0, webhooks: watched.handler, onActivity: () => void gateway.close() });
    join("a", "b", "c");
    await rig.settledWebhooks();
    await gateway.close();
    expect(watched.requests.length).toBeGreaterThanOrEqual(1);
    expect(other.requests).toHaveLength(3);
  });

  it("further apps have receivers of their own", async () => {
    world();
    const server = new RecordingServer();
    await server.listen();
    const app = { id: "77", key: "seven", secret: "seven-secret" };
    const gateway = await rig.listen({ port: 0, apps: [{ ...app, webhooks: server.origin }] });
    const client = new PusherJs(app.key, {
      cluster: "mt1",
      wsHost: "127.0.0.1",
      wsPort: gateway.port,
      forceTLS: false,
      enabledTransports: ["ws"],
    });
    try {
      client.subscribe("room");
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      const [{ headers, body }] = server.requests;
      const hook = new Pusher({ appId: "77", ...app, cluster: "eu" }).webhook({ headers, rawBody: body });
      expect([hook.isValid(), hook.getEvents()]).toEqual([true, [{ name: "channel_occupied", channel: "room" }]]);
      // They are looked at together with those of the app that listens, and held back no longer.
      client.unsubscribe("room");
      await vi.waitFor(() => expect(server.requests).toHaveLength(2));
      expect(await story(rig)).toEqual(["channel_occupied room", "channel_vacated room"]);
    } finally {
      client.disconnect();
      await gateway.close();
      await server.close();
    }
  });

  it("a receiver that others have added as well is theirs again when the gateway is closed", async () => {
    const { handler, requests } = receiver();
    world({ webhooks: handler });
    const [first, second] = [
      await rig.listen({ port: 0, webhooks: { to: handler, channelNameStartsWith: "first" } }),
      await rig.listen({ port: 0, webhooks: { to: handler, channelNameStartsWith: "second" } }),
    ];
    const heard = async (...channels: string[]): Promise<number> => {
      join(...channels);
      await rig.settledWebhooks();
      return requests.splice(0).length;
    };
    expect(await heard("a", "first-a", "second-a")).toBe(1);
    await second.close();
    expect(await heard("b", "first-b", "second-b")).toBe(1);
    await first.close();
    expect(await heard("c", "first-c", "second-c")).toBe(3);
  });
});
