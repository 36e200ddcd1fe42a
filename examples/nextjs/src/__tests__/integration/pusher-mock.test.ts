import { GET as getMessage } from "@/app/api/chat/messages/[messageId]/route";
import { POST as postMessage } from "@/app/api/chat/message/route";
import { PUT as putTitle } from "@/app/api/tasks/[taskId]/title/route";
import { channel, during } from "pushrig";
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
    const text = "x".repeat(20_000); // too long for an event
    await postMessage(request("POST", { taskId: "1", author: "Ada", text }));

    expect(channel(getTaskChannelName("1"))).toHaveTriggeredTimes(PUSHER_EVENTS.NEW_MESSAGE, 1);
    const { data } = await channel(getTaskChannelName("1")).triggered(PUSHER_EVENTS.NEW_MESSAGE);
    const { messageId } = data as { messageId: string };
    const answer = await getMessage(request("POST", {}), { params: Promise.resolve({ messageId }) });
    expect((await answer.json()) as ChatMessage).toMatchObject({ id: messageId, author: "Ada", text });
  });

  it("should leave the sender out", async () => {
    const client = getPusherClient();
    client.subscribe(getTaskChannelName("1")).bind(PUSHER_EVENTS.NEW_MESSAGE, vi.fn());

    const message = { taskId: "1", author: "Ada", text: "hello", socketId: client.connection.socket_id };
    const happened = await during(() => postMessage(request("POST", message)));

    expect(happened).toHaveTriggeredTimes(PUSHER_EVENTS.NEW_MESSAGE, 1);
    expect(client).not.toHaveReceived(getTaskChannelName("1"), PUSHER_EVENTS.NEW_MESSAGE);
  });

  it("should tell the task and the board about a new title", async () => {
    await putTitle(request("PUT", { title: "Invoices arrive once" }), { params: Promise.resolve({ taskId: "2" }) });

    const update = { taskId: "2", newTitle: "Invoices arrive once", previousTitle: "Invoices arrive twice" };
    expect(channel(getTaskChannelName("2"))).toHaveTriggered(PUSHER_EVENTS.TASK_TITLE_UPDATE, update);
    expect(channel(getWorkspaceChannelName(WORKSPACE))).toHaveTriggered(
      PUSHER_EVENTS.WORKSPACE_TASK_TITLE_UPDATE,
      update,
    );
  });
});
