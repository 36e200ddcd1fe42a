// Tests that are wrong, and say so in their titles: `scripts/matrix.mjs` compares. What goes wrong is always something "never" seen.
import assert from "node:assert/strict";
import { MockPusherClient, MockPusherServer, configure, onWebhook, pusherMockState, webhooks } from "pushrig";

const credentials = { appId: "1", key: "key", secret: "secret", cluster: "mt1" };
const server = new MockPusherServer(credentials);
const join = (name: string, options: object = {}) =>
  new MockPusherClient("key", { cluster: "mt1", ...options }).subscribe(name);

describe("an assertion in a callback", () => {
  const called: string[] = [];

  it("fails: its test", async () => {
    const room = join("room");
    room.bind("event", () => called.push("before"));
    room.bind("event", (data: unknown) => expect(data).toEqual("never"));
    room.bind("event", () => called.push("after"));
    const { status } = await server.trigger("room", "event", "ever");
    called.push(`triggered ${status}`);
  });

  it("passes: the callbacks beside it ran, and trigger did not throw", () => {
    expect(called).toEqual(["before", "after", "triggered 200"]);
  });

  it("fails: with node:assert", async () => {
    join("room").bind("event", (data: unknown) => assert.equal(data, "never"));
    await server.trigger("room", "event", "ever");
  });

  it("fails: with several, and both are told", async () => {
    join("room").bind("event", () => assert.fail("never the first"));
    join("room").bind("event", () => assert.fail("never the second"));
    await server.trigger("room", "event", "ever");
  });

  it("fails: in an async callback", async () => {
    const room = join("room");
    room.bind("event", async (data: unknown) => {
      await Promise.resolve();
      assert.equal(data, "never");
    });
    room.bind_global(async () => assert.fail("never globally"));
    pusherMockState.subscribe("one", "room");
    pusherMockState.bind("one", "room", "event", async () => assert.fail("never on the state"));
    await server.trigger("room", "event", "ever");
    // The promises are rejected by then.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("fails: on the client, on its connection, for all events", async () => {
    const client = new MockPusherClient("key", { cluster: "mt1" });
    client.bind_global(() => assert.fail("never globally"));
    client.bind("event", () => assert.fail("never on the client"));
    client.connection.bind("disconnected", () => assert.fail("never disconnected"));
    client.subscribe("room");
    await server.trigger("room", "event", "ever");
    client.disconnect();
  });

  it("fails: on pusherMockState", () => {
    pusherMockState.subscribe("one", "room");
    pusherMockState.bind("one", "room", "event", () => assert.fail("never on the state"));
    pusherMockState.trigger("room", "event", "ever");
  });

  it("fails: in a route that authorizes", async () => {
    const room = join("private-room", {
      channelAuthorization: { endpoint: "/auth", transport: "ajax" },
      authorize: () => assert.fail("never authorized"),
    });
    await new Promise((resolve) => room.bind("pusher:subscription_error", resolve));
  });

  it("fails: in a handler of webhooks", async () => {
    const receiver = onWebhook(() => assert.fail("never occupied"));
    join("room");
    // What the handler threw is noted before the webhook counts as failed.
    while (webhooks()[0]?.error === undefined) await new Promise((resolve) => setImmediate(resolve));
    receiver.remove();
  });

  it("passes: another error is no assertion", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    join("room").bind("event", () => {
      throw new TypeError("of the application");
    });
    await server.trigger("room", "event", "ever");
    expect(logged).toHaveBeenCalledWith(
      'pushrig: a callback for "event" on channel "room" threw:',
      expect.objectContaining({ message: "of the application" }),
    );
    logged.mockRestore();
  });
});

describe("with onCallbackError fail", () => {
  afterEach(() => configure({ onCallbackError: "report" }));

  it("fails: for any error", async () => {
    configure({ onCallbackError: "fail" });
    join("room").bind("event", () => {
      throw new TypeError("never thrown");
    });
    await server.trigger("room", "event", "ever");
  });
});
