import {
  createMockPusher,
  MockPusherClient,
  MockPusherServer,
  onWebhook,
  pusherMockState,
  settledWebhooks,
} from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

// A key for each test: what was said once of one is not said again.
let key: string;
let tests = 0;
let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  key = `key-${++tests}`;
  warn = vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  pusherMockState.reset();
  vi.restoreAllMocks();
});

const serverWith = (secret: string | undefined, more: object = {}) =>
  new MockPusherServer({ appId: "1", key, secret, cluster: "eu", ...more });

const refusalOf = async (sent: Promise<unknown>) =>
  sent.then(
    () => "accepted",
    (error: unknown) => error,
  );

/** What the service answers a request that was signed with another secret. */
function invalidSignature(key: string, path: string): RegExp {
  const shown = (text: string) => text.replace(/[/\\]/g, "\\$&");
  return new RegExp(
    String.raw`^Invalid signature: you should have sent HmacSHA256Hex\("POST\\n${shown(path)}\\n` +
      String.raw`auth_key=${key}&auth_timestamp=\d+&auth_version=1.0&body_md5=[0-9a-f]{32}", your_secret_key\), ` +
      String.raw`but you sent "[0-9a-f]{64}"\n$`,
  );
}

interface Received {
  headers: Record<string, string>;
  rawBody: string;
}

/** How a subscription with this signature ends. */
async function subscribed(sign: (socketId: string, channel: string) => { auth: string }): Promise<string> {
  const client = new MockPusherClient(key, {
    cluster: "eu",
    channelAuthorization: {
      transport: "ajax",
      endpoint: "/unused",
      customHandler: ({ socketId, channelName }, callback) => callback(null, sign(socketId, channelName)),
    },
  });
  try {
    const channel = client.subscribe("private-room");
    return await new Promise((resolve) => {
      channel.bind("pusher:subscription_succeeded", () => resolve("succeeded"));
      client.connection.bind("error", ({ data }: { data: { message: string } }) => resolve(data.message));
      if (channel.subscribed) resolve("succeeded");
    });
  } finally {
    client.disconnect();
  }
}

// The first test: webhooks are signed for the key of the first server of the file.
it("webhooks are signed with the secret that holds", async () => {
  serverWith("first");
  pusherMockState.reset();
  const second = serverWith("second");
  const webhook = new Promise<Received>((resolve) => {
    onWebhook(async (request) => {
      resolve({ headers: Object.fromEntries(request.headers), rawBody: await request.text() });
    });
  });
  const client = new MockPusherClient(key, { cluster: "eu" });
  client.subscribe("room");
  await settledWebhooks();
  expect(second.webhook(await webhook).isValid()).toBe(true);
});

describe("a second server with the same key and another secret", () => {
  it("is refused what it triggers, with what should have been signed, and delivers nothing", async () => {
    const heard = vi.fn();
    new MockPusherClient(key, { cluster: "eu" }).subscribe("room").bind("e", heard);
    const first = serverWith("first");
    const second = serverWith("second");
    const error = await refusalOf(second.trigger("room", "e", "from the second"));
    expect(error).toBeInstanceOf(MockPusherServer.RequestError);
    expect(error).toMatchObject({
      message: "Unexpected status code 401",
      status: 401,
      body: expect.stringMatching(invalidSignature(key, "/apps/1/events")),
    });
    await first.trigger("room", "e", "from the first");
    expect(heard.mock.calls).toEqual([["from the first"]]);
  });

  it.each<[string, (server: MockPusherServer) => Promise<unknown>]>([
    ["a batch", (s) => s.triggerBatch([{ channel: "a", name: "e", data: 1 }])],
    ["an event to many channels", (s) => s.trigger(["a", "b"], "e", 1)],
    ["an event to a user", (s) => s.sendToUser("ann", "e", 1)],
    ["the end of a user's connections", (s) => s.terminateUserConnections("ann")],
    ["a question", (s) => s.get({ path: "/channels" })],
    ["a question with parameters", (s) => s.get({ path: "/channels", params: { filter_by_prefix: "presence-" } })],
  ])("is refused at every method: %s", async (_, call) => {
    await call(serverWith("first"));
    expect(await refusalOf(call(serverWith("second")))).toMatchObject({
      status: 401,
      body: expect.stringContaining("Invalid signature: you should have sent HmacSHA256Hex("),
    });
  });

  it("signs subscriptions that are refused", async () => {
    const first = serverWith("first");
    const second = serverWith("second");
    expect(await subscribed((id, channel) => second.authorizeChannel(id, channel))).toMatch(
      /^Invalid signature: Expected HMAC SHA256 hex digest of [\d.]+:private-room, but got [0-9a-f]{64}$/,
    );
    expect(await subscribed((id, channel) => first.authorizeChannel(id, channel))).toBe("succeeded");
  });

  it("is warned about once, with both places", async () => {
    const { stack = "" } = new Error("the place");
    const first = new MockPusherServer({ appId: "1", key, secret: "first" });
    const second = new MockPusherServer({ appId: "1", key, secret: "second" });
    const [, file, line] = /\(?(?:file:\/\/)?([^\s(]+claims\.test\.ts):(\d+):\d+/.exec(stack) as unknown as string[];
    await refusalOf(second.trigger("a", "e", 1));
    await first.trigger("a", "e", 1);
    const again = new MockPusherServer({ appId: "1", key, secret: "second" });
    await refusalOf(again.trigger("a", "e", 1));
    expect(warn.mock.calls).toEqual([[expect.any(String)]]);
    const text = warn.mock.calls[0][0] as string;
    expect(text.replace(/(:\d+):\d+/g, "$1")).toBe(
      `pushrig: two servers sign for the key "${key}" with different secrets. That of the first one, made at ` +
        `${file}:${Number(line) + 1}, holds until reset(); what the other one signs, made at ${file}:${Number(line) + 2}, ` +
        "is refused. Give both the same secret (PUSHER_SECRET).",
    );
  });

  it("has no source map read for it until somebody is warned", () => {
    const { prepareStackTrace } = Error;
    const read = vi.fn(
      (_error: Error, [frame]: NodeJS.CallSite[]) => `Error\n    at mapped.ts:1:${frame.getLineNumber()}`,
    );
    Error.prepareStackTrace = read;
    try {
      new MockPusherServer({ appId: "1", key, secret: "first" }).authorizeChannel("1.1", "private-room");
      expect(read).not.toHaveBeenCalled();
      new MockPusherServer({ appId: "1", key, secret: "second" }).authorizeChannel("1.1", "private-room");
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(warn.mock.calls[0][0]).toMatch(/ made at mapped\.ts:1:\d+, holds .* made at mapped\.ts:1:\d+, is refused/);
  });

  it("is found where the application made it, in subclasses and with forURL too", async () => {
    class Derived extends MockPusherServer {}
    await new Derived({ appId: "1", key, secret: "first" }).trigger("a", "e", 1);
    await refusalOf(MockPusherServer.forURL(`http://${key}:second@api.pusherapp.com/apps/1`).trigger("a", "e", 1));
    const text = warn.mock.calls[0][0] as string;
    expect(text.match(/claims\.test\.ts:\d+:\d+/g)).toHaveLength(2);
  });

  it("works after a reset, and is then the first", async () => {
    const first = serverWith("first");
    const second = serverWith("second");
    expect(await refusalOf(second.trigger("a", "e", 1))).toMatchObject({ status: 401 });
    pusherMockState.reset();
    expect(await second.trigger("a", "e", 1)).toMatchObject({ status: 200 });
    expect(await subscribed((id, channel) => second.authorizeChannel(id, channel))).toBe("succeeded");
    expect(await refusalOf(first.trigger("a", "e", 1))).toMatchObject({ status: 401 });
  });

  it("may be the first after a reset by signing a subscription", async () => {
    serverWith("first");
    const second = serverWith("second");
    pusherMockState.reset();
    expect(await subscribed((id, channel) => second.authorizeChannel(id, channel))).toBe("succeeded");
  });

  it("may be made after a reset", async () => {
    serverWith("first");
    pusherMockState.reset();
    const second = serverWith("second");
    expect(await second.trigger("a", "e", 1)).toMatchObject({ status: 200 });
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("a server with the same key", () => {
  it("and the same secret is believed like the first, without a word", async () => {
    for (const server of [serverWith("same"), serverWith("same"), serverWith("same")]) {
      expect(await server.trigger("a", "e", 1)).toMatchObject({ status: 200 });
    }
    expect(warn).not.toHaveBeenCalled();
  });

  it("and no secret has the mock's", async () => {
    await serverWith(undefined).trigger("a", "e", 1);
    await serverWith("mock-pusher-secret").trigger("a", "e", 1);
    expect(await refusalOf(serverWith("another").trigger("a", "e", 1))).toMatchObject({ status: 401 });
  });
});

describe("the first server's secret", () => {
  it("is that with which the mock signs for clients, also for its own key", async () => {
    key = "mock-pusher-key";
    serverWith("of the application");
    const client = new MockPusherClient(key, { cluster: "eu" });
    const answered = new Promise((resolve) => {
      client.subscribe("private-room").bind("pusher:subscription_succeeded", () => resolve("succeeded"));
      client.connection.bind("error", resolve);
    });
    expect(await answered).toBe("succeeded");
  });
});

it("an app of its own has one secret, and says so to a server with another one", async () => {
  const rig = createMockPusher({ key, secret: "of the app" });
  const server = new MockPusherServer({ appId: rig.app.id, key, secret: "another" });
  rig.reset();
  expect(await refusalOf(server.trigger("a", "e", 1))).toMatchObject({
    status: 401,
    body: expect.stringMatching(invalidSignature(key, `/apps/${rig.app.id}/events`)),
  });
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(
        new RegExp(
          `^pushrig: the server made at .*claims\\.test\\.ts:\\d+:\\d+ signs for the key "${key}" with another secret than its app ` +
            "has, and is refused\\. Give it the secret of the app\\.$",
        ),
      ),
    ],
  ]);
  rig.close();
});
