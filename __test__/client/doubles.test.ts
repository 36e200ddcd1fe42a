import { describe, expect, it } from "vitest";
import { Channel, PrivateChannel } from "../../lib/client/channels/channel.js";
import { PresenceChannel } from "../../lib/client/channels/presence.js";
import { UserFacade } from "../../lib/client/user.js";
import { Dispatcher } from "../../lib/events/dispatcher.js";
import { results } from "../support/child.js";

describe("with doubles as their owners", () => {
  it("channels, dispatcher and watchlist pass every unit spec of pusher-js", async () => {
    const [{ passed, failed }] = (await results("specs-of-pusher-js.cjs", import.meta.url)) as [
      { passed: number; failed: Record<string, string> },
    ];
    expect(failed).toEqual({});
    // As many as pusher-js 8.6.0 has of them.
    expect(passed).toBe(158);
  });

  it("a channel works with an empty object, as far as it asks nothing of it", () => {
    const channel = new Channel("task-1", {} as any);
    const heard: unknown[] = [];
    channel.bind("new-message", (...got: unknown[]) => heard.push(got));
    channel.handleEvent({ event: "new-message", data: { id: "m1" } });
    channel.unbind_all();
    // As pusher-js calls back: with metadata, however empty.
    expect(heard).toEqual([[{ id: "m1" }, {}]]);
  });

  it("what a callback throws goes to whoever emits, as in pusher-js", () => {
    const channel = new Channel("task-1", {} as any);
    channel.bind("new-message", () => {
      throw new Error("mine");
    });
    expect(() => channel.emit("new-message", 1)).toThrow("mine");
  });

  it("a private channel asks the double's authorizer and sends through the double", () => {
    const sent: unknown[] = [];
    const channel = new PrivateChannel("private-1", {
      config: {
        channelAuthorizer: (_params: unknown, callback: Function) => callback(null, { auth: "key:signature" }),
      },
      connection: { socket_id: "1.2" },
      send_event: (...event: unknown[]) => sent.push(event) > 0,
    } as any);
    channel.subscribe();
    expect(sent).toEqual([
      ["pusher:subscribe", { auth: "key:signature", channel_data: undefined, channel: "private-1" }],
    ]);
  });

  it("a presence channel calls back with one argument where there is no channel_data and nobody signs in", async () => {
    const answer = new Promise<unknown[]>((resolve) => {
      const channel = new PresenceChannel("presence-1", {
        config: {
          channelAuthorizer: (_params: unknown, callback: Function) => callback(null, { auth: "key:signature" }),
        },
        user: { signinDonePromise: null, user_data: null },
      } as any);
      channel.authorize("1.2", (...got: unknown[]) => resolve(got));
    });
    expect(await answer).toEqual(["Invalid auth response"]);
  });

  it("the user facade signs in with a double's connection and authenticator", () => {
    const sent: unknown[] = [];
    const connection = Object.assign(new Dispatcher(), { state: "connected", socket_id: "1.2" });
    const user = new UserFacade({
      config: {
        userAuthenticator: (_params: unknown, callback: Function) => callback(null, { auth: "a", user_data: "{}" }),
      },
      connection,
      send_event: (...event: unknown[]) => sent.push(event) > 0,
    } as any);
    user.bind("news", () => {});
    user.signin();
    expect(sent).toEqual([["pusher:signin", { auth: "a", user_data: "{}" }]]);
  });
});
