// In order: each test sees what the one before left, which is nothing.
import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";

const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "mt1" });

describe("the reset after each test", () => {
  it("has something to forget", async () => {
    new MockPusherClient("key", { cluster: "mt1" }).subscribe("channel").bind("event", () => {});
    await server.trigger("channel", "event", {});
    expect(pusherMockState.getChannelMessages("channel")).toHaveLength(1);
  });

  it("forgot it", () => {
    expect(pusherMockState.getChannelMessages("channel")).toEqual([]);
    expect(pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
  });
});
