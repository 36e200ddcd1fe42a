// Two test files that do the same with the same names, at the same time or one after the other, must not notice.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";

/** A folder where files that run in parallel leave marks for each other; not set when they run in succession. */
const meetingPoint = process.env.MATRIX_MEETING_POINT;

/** Resolves when the other file has come as far as this one. */
async function meet(me: string, other: string, stage: string): Promise<void> {
  if (!meetingPoint) return;
  writeFileSync(join(meetingPoint, `${me}-${stage}`), "");
  const deadline = Date.now() + 15_000;
  while (!existsSync(join(meetingPoint, `${other}-${stage}`))) {
    if (Date.now() > deadline) throw new Error(`${me} waited for ${other} in vain: they do not run in parallel`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function behaveAsNeighbour(me: string, other: string): void {
  const server = new MockPusherServer({ appId: "1", key: "key", secret: "secret", cluster: "mt1" });
  const received: unknown[] = [];

  describe(`${me} beside ${other}`, () => {
    it("starts with an empty broker", async () => {
      expect(pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
      expect(pusherMockState.getChannelMessages("shared")).toEqual([]);
      expect(pusherMockState.generateConnectionId()).toBe("mock-connection-1");
      await meet(me, other, "started");
    }, 20_000);

    it("hears only itself", async () => {
      new MockPusherClient("key", { cluster: "mt1" }).subscribe("shared").bind("event", (data: unknown) => {
        received.push(data);
      });
      await meet(me, other, "subscribed");
      await server.trigger("shared", "event", { from: me });
      await meet(me, other, "triggered");
      // Anything that came from another thread is delivered in a turn of the event loop after it was sent.
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(received).toEqual([{ from: me }]);
      expect(pusherMockState.getSubscriberCount("shared")).toBe(1);
      expect(pusherMockState.getChannelMessages("shared")).toHaveLength(1);
    }, 20_000);

    // Nothing is tidied up: the client stays subscribed, for the next file to not notice.
  });
}
