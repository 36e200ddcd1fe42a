import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";
import { beforeEach, describe, expect, it, vi } from "vitest";

// The two samples of the mock's documentation, word for word. What the second imports from `@/lib/pusher` stands here.
const PUSHER_EVENTS = { NEW_MESSAGE: "new-message" };

const pusherServer = new MockPusherServer({
  appId: process.env.PUSHER_APP_ID,
  key: process.env.PUSHER_KEY,
  secret: process.env.PUSHER_SECRET,
  cluster: process.env.PUSHER_CLUSTER,
  useTLS: true,
});

let pusherClient: MockPusherClient | undefined;

function getPusherClient() {
  pusherClient ??= new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
  return pusherClient;
}

describe("Pusher Mock", () => {
  beforeEach(() => {
    pusherMockState.reset();
  });

  it("should deliver messages to subscribers", () => {
    const server = new MockPusherServer({
      appId: "test-app",
      key: "test-key",
      secret: "test-secret",
      cluster: "test-cluster",
      useTLS: true,
    });

    const client = new MockPusherClient("test-key", { cluster: "test-cluster" });
    const channel = client.subscribe("test-channel");

    const callback = vi.fn();
    channel.bind("test-event", callback);

    // Trigger event
    server.trigger("test-channel", "test-event", { message: "hello" });

    // Callback should be executed immediately
    expect(callback).toHaveBeenCalledWith({ message: "hello" });
  });
});

describe("Pusher Integration", () => {
  it("should deliver messages end-to-end", async () => {
    const client = getPusherClient();
    const channel = client.subscribe("test-channel");

    const received = vi.fn();
    channel.bind(PUSHER_EVENTS.NEW_MESSAGE, received);

    // Trigger from server
    await pusherServer.trigger("test-channel", PUSHER_EVENTS.NEW_MESSAGE, {
      messageId: "msg-123",
    });

    // Wait for delivery (polling interval + buffer)
    await new Promise((resolve) => setTimeout(resolve, 200));

    expect(received).toHaveBeenCalledWith({ messageId: "msg-123" });
  });
});
