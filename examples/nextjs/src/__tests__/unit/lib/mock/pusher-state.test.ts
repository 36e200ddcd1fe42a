import { pusherMockState } from "@/lib/mock/pusher-state";
import { MockPusherClient, MockPusherServer } from "@/lib/mock/pusher-wrapper";

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

  it("should keep the history of a channel, and count its subscribers", () => {
    const client = new MockPusherClient("test-key", { cluster: "test-cluster" });
    client.subscribe("task-123").bind("new-message", () => {});

    pusherMockState.trigger("task-123", "new-message", { messageId: "msg-1" });
    pusherMockState.trigger("task-123", "new-message", { messageId: "msg-2" });

    const messages = pusherMockState.getChannelMessages("task-123");
    expect(messages.map(({ data }) => data)).toEqual([{ messageId: "msg-1" }, { messageId: "msg-2" }]);
    expect(pusherMockState.getSubscriberCount("task-123")).toBe(1);
    expect(pusherMockState.getState().channels).toMatchObject([
      { name: "task-123", subscriberCount: 1, messageCount: 2, events: ["new-message"] },
    ]);
  });

  it("should serve connections that have no client", () => {
    const connectionId = pusherMockState.generateConnectionId();
    const callback = vi.fn();

    pusherMockState.subscribe(connectionId, "task-123");
    pusherMockState.bind(connectionId, "task-123", "new-message", callback);
    pusherMockState.trigger("task-123", "new-message", { messageId: "msg-1" });

    expect(callback).toHaveBeenCalledWith({ messageId: "msg-1" });
  });

  it("should start empty after a reset", () => {
    new MockPusherClient("test-key", { cluster: "test-cluster" }).subscribe("task-123");
    pusherMockState.trigger("task-123", "new-message", { messageId: "msg-1" });

    pusherMockState.reset();

    expect(pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
    expect(pusherMockState.getChannelMessages("task-123")).toEqual([]);
  });
});
