// Runners with `vm` contexts have their own Object, Array and Error; everything the mock hands out must be made of those.
import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "mt1" });

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("what the mock hands out belongs to the test's realm", () => {
  afterEach(() => pusherMockState.reset());

  it("delivered data", () => {
    const received: any[] = [];
    const channel = new MockPusherClient("key", { cluster: "mt1" }).subscribe("realm");
    channel.bind("event", (data: unknown) => received.push(data));
    void server.trigger("realm", "event", { list: [1, { two: 2 }] });
    expect(received).toStrictEqual([{ list: [1, { two: 2 }] }]);
    expect(received[0]).toBeInstanceOf(Object);
    expect(received[0].list).toBeInstanceOf(Array);
  });

  it("history, state and snapshots", () => {
    const channel = new MockPusherClient("key", { cluster: "mt1" }).subscribe("realm");
    channel.bind("event", () => {});
    void server.trigger("realm", "event", { a: 1 });
    const [message] = pusherMockState.getChannelMessages("realm");
    expect(message).toStrictEqual({ channel: "realm", event: "event", data: { a: 1 }, timestamp: expect.any(Number) });
    expect(pusherMockState.getState().channels).toStrictEqual([
      { name: "realm", subscriberCount: 1, messageCount: 1, events: ["event"] },
    ]);
    const state = pusherMockState.getChannelState("realm")!;
    expect(state.subscribers).toBeInstanceOf(Set);
    expect(state.eventCallbacks).toBeInstanceOf(Map);
  });

  it("promises and their answers", async () => {
    const promise = server.trigger("realm", "event", {});
    expect(promise).toBeInstanceOf(Promise);
    const body = await (await server.get({ path: "/channels" })).json();
    expect(body).toStrictEqual({ channels: {} });
  });

  it("errors, thrown and rejected", async () => {
    const thrown = thrownBy(() => server.trigger("no spaces", "event", {}));
    expect(thrown).toBeInstanceOf(Error);
    await expect(server.trigger("realm", "event", "x".repeat(10_241))).rejects.toBeInstanceOf(Error);
  });

  it("the RangeError of runaway triggering", () => {
    const channel = new MockPusherClient("key", { cluster: "mt1" }).subscribe("loop");
    channel.bind("again", () => pusherMockState.trigger("loop", "again", {}));
    expect(thrownBy(() => pusherMockState.trigger("loop", "again", {}))).toBeInstanceOf(RangeError);
  });
});
