import PusherClient from "pusher-js";
import { channel, createMockPusher, during, pusherMockState } from "pushrig";
import { pusherServer } from "./app/pusher";

const text = async (act: () => unknown): Promise<string> => {
  try {
    await act();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
};

const join = (name: string, event: string) => {
  const client = new PusherClient("mock-pusher-key", { cluster: "mock-cluster" });
  client.subscribe(name).bind(event, () => {});
  return client;
};

describe("the matchers that the plugin registers", () => {
  it("hold for what has happened", async () => {
    const client = join("task-1", "new-message");
    await pusherServer.trigger("task-1", "new-message", { id: "m1", text: "hi" });
    const happened = await during(() => pusherServer.trigger("task-1", "read", {}));

    expect(channel("task-1")).toHaveTriggered("new-message", { id: expect.stringMatching(/^m/) });
    expect(pusherMockState).toHaveTriggeredTimes("new-message", 1);
    expect(pusherMockState).toHaveTriggeredInOrder(["new-message", "read"]);
    expect(happened).toHaveTriggered("read");
    expect(happened).not.toHaveTriggered("new-message");
    expect(channel("task-1")).toHaveSubscribers(1);
    expect(client).toHaveReceived("task-1", "new-message", { id: "m1" });
    expect(client).not.toHaveReceived("task-1", "read");
    expect(pusherMockState).not.toHaveSentWebhook("channel_occupied");
    await expect(client).toReceive("task-1", "new-message");
    await expect(client).not.toReceive("task-1", "read");
  });

  it("wait for what is still to come", async () => {
    const app = createMockPusher({ delivery: "network", latency: 5 });
    const client = app.client();
    client.subscribe("presence-room").bind("new-message", () => {});
    await app.channel("presence-room").subscribed();
    void app.server.trigger("presence-room", "new-message", { id: "m1" });
    await expect(client).toReceive(app.channel("presence-room"), "new-message", { id: "m1" });
    expect(app.channel("presence-room")).toHaveMembers([client.connectionId]);
    app.close();
  });

  it("fail with the nearest event and the reason", async () => {
    const client = join("task-1", "new-message");
    await pusherServer.trigger("task-1", "new_message", { id: "m1" });

    const lines = (await text(() => expect(channel("task-1")).toHaveTriggered("new-message"))).split("\n");
    expect(lines[0]).toBe('expected "task-1" to have triggered "new-message". Nearest of 1 event:');
    // The line of the trigger is in it.
    expect(lines[1]).toMatch(
      /^ {2}#\d+ {2}task-1 {2}new_message {"id":"m1"} {2}\S*matchers\.test\.ts:52:\d+ {2}the name: "_" where "-" is expected$/,
    );
    expect(lines[2]).toMatch(
      /^"new-message" was never triggered on "task-1".* Did you mean "new_message", triggered once\?$/,
    );
    expect(await text(() => expect(client).toReceive("task-1", "new-message", {}, { timeout: 5 }))).toMatch(
      /^expected \S+ to have received "new-message" {} on "task-1" within 5 ms\./,
    );
    expect(await text(() => expect("task-1").toHaveTriggered("new-message"))).toMatch(/give it channel\("task-1"\)$/);
  });
});
