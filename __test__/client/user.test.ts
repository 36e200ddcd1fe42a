/* oxlint-disable vitest/expect-expect -- same() asserts */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ScriptedRig, settle } from "../support/scripted-rig.js";
import { connect, same } from "../support/side-by-side.js";

vi.mock("../../lib/native/addon.js", () => import("../support/no-addon.js"));

const userAuthentication = {
  customHandler: (_: unknown, callback: Function) => callback(null, { auth: "key:signed", user_data: '{"id":"u1"}' }),
};

const succeeded = { user_data: '{"id":"u1","user_info":{"n":1}}' };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("signin", () => {
  it("happens once connected, once, and subscribes the user's own channel", () => {
    same(
      (stage) => {
        const { client, note, noting } = stage;
        client.user.bind_global(noting("user"));
        client.bind_global(noting("client"));
        client.signin();
        note("returned", client.user.signin_requested, client.user.user_data);
        const line = connect(stage);
        client.signin();
        stage.pass(1);
        line.frame("pusher:signin_success", succeeded);
        note("signed in", client.user.user_data, client.user.serverToUserChannel?.name, client.allChannels().length);
        stage.pass(1);
        line.frame("pusher_internal:subscription_succeeded", {}, "#server-to-user-u1");
        line.frame("hello", { x: 1 }, "#server-to-user-u1");
        line.frame("falsy", 0, "#server-to-user-u1");
        line.frame("pusher:something", {}, "#server-to-user-u1");
      },
      { userAuthentication },
    );
  });

  it("happens again by itself after every new connection, and nobody is signed in meanwhile", () => {
    same(
      (stage) => {
        const line = connect(stage);
        stage.client.signin();
        stage.pass(1);
        line.frame("pusher:signin_success", succeeded);
        stage.pass(1);
        line.drop(4200, "again");
        stage.note("lost", stage.client.user.user_data);
        stage.pass();
        stage.pass(1);
        stage.note("connecting", stage.client.user.user_data, stage.client.user.serverToUserChannel);
        connect(stage);
      },
      { userAuthentication },
    );
  });

  it("tells a failure to the user's bindings only, and is not tried again before the next connection", () => {
    let calls = 0;
    same(
      (stage) => {
        calls = 0;
        stage.client.user.bind("pusher:signin_error", stage.noting("user"));
        stage.client.bind_global(stage.noting("client"));
        connect(stage);
        stage.client.signin();
        stage.client.signin();
        stage.note("calls", calls);
        stage.client.disconnect();
        stage.client.connect();
        stage.pass();
        connect(stage);
        stage.note("calls", calls);
      },
      {
        userAuthentication: {
          customHandler: (_: unknown, callback: Function) => {
            calls += 1;
            callback(new Error("not today"), null);
          },
        },
      },
    );
  });

  it.each(["not json", '{"id":""}', '{"id":5}', "{}"])("is not done with the user data %s", (user_data) => {
    same(
      (stage) => {
        const line = connect(stage);
        stage.client.signin();
        stage.pass(1);
        line.frame("pusher:signin_success", { user_data });
        stage.note(stage.client.user.user_data, stage.client.user.serverToUserChannel);
      },
      { userAuthentication },
    );
  });

  it("resolves signinDonePromise on success, on failure and when the connection ends", async () => {
    for (const end of ["success", "failure", "disconnect"]) {
      const rig = new ScriptedRig();
      const client = rig.client();
      expect(client.user.signinDonePromise).toBeNull();
      let isDone = false;
      if (end === "failure") rig.failure = {};
      client.signin();
      void client.user.signinDonePromise?.then(() => {
        isDone = true;
      });
      if (end === "success") rig.wire.frame("pusher:signin_success", succeeded);
      if (end === "disconnect") client.disconnect();
      await settle();
      expect(isDone).toBe(true);
    }
  });

  it("lets presence channels without channel_data take the user's id", async () => {
    const rig = new ScriptedRig();
    const customHandler = (_: unknown, callback: Function) => callback(null, { auth: "key:signed" });
    const client = rig.client({ channelAuthorization: { customHandler } });
    client.signin();
    const channel = client.subscribe("presence-a") as any;
    rig.wire.frame("pusher:signin_success", succeeded);
    await settle();
    expect(channel.members.myID).toBe("u1");
    expect(rig.wire.sent.at(-1)).toEqual({
      event: "pusher:subscribe",
      data: { auth: "key:signed", channel: "presence-a" },
    });
  });

  it("is asked of presence channels without channel_data, or they fail", async () => {
    const rig = new ScriptedRig();
    const customHandler = (_: unknown, callback: Function) => callback(null, { auth: "key:signed" });
    const onError = vi.fn();
    rig
      .client({ channelAuthorization: { customHandler } })
      .subscribe("presence-a")
      .bind("pusher:subscription_error", onError);
    await settle();
    expect(onError).toHaveBeenCalledExactlyOnceWith({ type: "AuthError", error: undefined });
    expect(rig.wire.sent).toEqual([]);
  });
});

describe("the watchlist", () => {
  it("emits one event for each entry, by the entry's name", () => {
    same((stage) => {
      const line = connect(stage);
      stage.client.user.watchlist.bind_global(stage.noting("watchlist global"));
      stage.client.user.watchlist.bind("online", stage.noting("online"));
      stage.client.bind_global(stage.noting("client"));
      const events = [
        { name: "online", user_ids: ["2", "3"] },
        { name: "offline", user_ids: ["4"] },
      ];
      line.frame("pusher_internal:watchlist_events", { events });
    });
  });
});
