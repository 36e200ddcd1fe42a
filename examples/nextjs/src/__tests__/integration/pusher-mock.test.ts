import { GET as getMessage } from "@/app/api/chat/messages/[messageId]/route";
import { POST as postMessage } from "@/app/api/chat/message/route";
import { PUT as putTitle } from "@/app/api/tasks/[taskId]/title/route";
import { pusherMockState } from "@/lib/mock/pusher-state";
import {
  getPusherClient,
  getTaskChannelName,
  getWorkspaceChannelName,
  PUSHER_EVENTS,
  pusherServer,
} from "@/lib/pusher";
import { type ChatMessage, WORKSPACE } from "@/lib/task";

const request = (method: string, body: object) =>
  new Request("http://localhost/api", { method, body: JSON.stringify(body) });

afterEach(() => {
  pusherMockState.reset(); // Clear all channels and subscriptions
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

  it("should make a new client when the last one was disconnected", () => {
    const pusher = getPusherClient();
    expect(pusher.connection.state).toBe("connected");

    pusher.disconnect();
    const newPusher = getPusherClient(); // Creates new connection

    expect(newPusher).not.toBe(pusher);
    expect(newPusher.connection.state).toBe("connected");
    expect(getPusherClient()).toBe(newPusher);
  });
});

describe("API routes", () => {
  it("should save a message, send its id, and answer the text to who asks for it", async () => {
    const received = vi.fn();
    getPusherClient().subscribe(getTaskChannelName("1")).bind(PUSHER_EVENTS.NEW_MESSAGE, received);

    const text = "x".repeat(20_000); // too long for an event
    await postMessage(request("POST", { taskId: "1", author: "Ada", text }));

    expect(received).toHaveBeenCalledTimes(1);
    const { messageId } = received.mock.calls[0][0] as { messageId: string };
    const answer = await getMessage(request("POST", {}), { params: Promise.resolve({ messageId }) });
    expect((await answer.json()) as ChatMessage).toMatchObject({ id: messageId, author: "Ada", text });
  });

  it("should leave the sender out", async () => {
    const received = vi.fn();
    const client = getPusherClient();
    client.subscribe(getTaskChannelName("1")).bind(PUSHER_EVENTS.NEW_MESSAGE, received);

    await postMessage(
      request("POST", { taskId: "1", author: "Ada", text: "hello", socketId: client.connection.socket_id }),
    );

    expect(received).not.toHaveBeenCalled();
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(1);
  });

  it("should tell the task and the board about a new title", async () => {
    const received = vi.fn();
    getPusherClient().bind_global(received);
    getPusherClient().subscribe(getTaskChannelName("2"));
    getPusherClient().subscribe(getWorkspaceChannelName(WORKSPACE));

    await putTitle(request("PUT", { title: "Invoices arrive once" }), { params: Promise.resolve({ taskId: "2" }) });

    const update = { taskId: "2", newTitle: "Invoices arrive once", previousTitle: "Invoices arrive twice" };
    expect(received).toHaveBeenCalledWith(PUSHER_EVENTS.TASK_TITLE_UPDATE, update);
    expect(received).toHaveBeenCalledWith(PUSHER_EVENTS.WORKSPACE_TASK_TITLE_UPDATE, update);
    getPusherClient().unbind_global(received);
  });
});
