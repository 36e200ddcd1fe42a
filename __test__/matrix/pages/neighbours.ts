import Pusher from "pusher";
import PusherClient from "pusher-js";
import { channel, pusherMockState } from "pushrig";
import { expect, it } from "vitest";

/** Many events on a channel that the other file has too. */
const EVENTS = 40;

export function meetNobody(name: string): void {
  it(`hears itself alone: ${name}`, async () => {
    const server = new Pusher({ appId: "1", key: "key", secret: "secret", cluster: "eu" });
    const heard: string[] = [];
    const client = new PusherClient("key", { cluster: "eu" });
    client.subscribe("task-1").bind("new-message", (data: string) => heard.push(data));
    for (let event = 0; event < EVENTS; event += 1) await server.trigger("task-1", "new-message", name);

    expect(heard).toEqual(Array.from({ length: EVENTS }, () => name));
    expect(await pusherMockState.triggers()).toHaveLength(EVENTS);
    await expect(channel("task-1")).toHaveSubscribers(1);
  });
}
