/* oxlint-disable vitest/expect-expect -- same() asserts */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Line } from "../../support/line.js";
import { ScriptedRig, settle } from "../../support/scripted-rig.js";
import { connect, same, type Stage } from "../../support/side-by-side.js";

vi.mock("../../../lib/native/addon.js", () => import("../../support/no-addon.js"));

const flags = ({ client }: Stage, name: string) => {
  const channel = client.channel(name);
  return channel && [channel.subscribed, channel.subscriptionPending, channel.subscriptionCancelled];
};

function succeed(line: Line, channel: string, data: unknown = {}): void {
  line.frame("pusher_internal:subscription_succeeded", data, channel);
}

/** Signs nothing, but is synchronous. */
const channelAuthorization = {
  customHandler: ({ channelName }: { channelName: string }, callback: Function) => {
    const channel_data = channelName.startsWith("presence-") ? '{"user_id":10,"user_info":{"name":"me"}}' : undefined;
    callback(null, { auth: `key:${channelName}`, channel_data });
  },
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("subscribe", () => {
  it("is pending at once, subscribed before the callback, and the same object all along", () => {
    same((stage) => {
      const line = connect(stage);
      const channel = stage.client.subscribe("a");
      stage.note("pending", flags(stage, "a"));
      channel.bind("pusher:subscription_succeeded", () => stage.note("in callback", flags(stage, "a")));
      channel.bind("pusher:subscription_succeeded", stage.noting("succeeded"));
      stage.note("same", stage.client.subscribe("a") === channel);
      stage.pass(1);
      succeed(line, "a");
      stage.note("same", stage.client.subscribe("a") === channel);
      channel.bind("pusher:subscription_succeeded", stage.noting("bound late"));
      stage.pass(1);
    });
  });

  it("waits for the connection, and subscribes names that are numbers first", () => {
    same((stage) => {
      for (const name of ["b", "10", "a", "2"]) stage.client.subscribe(name);
      stage.note(flags(stage, "a"));
      connect(stage);
      stage.note(flags(stage, "a"));
      stage.pass(1);
    });
  });

  it("passes no argument when the service sends no data with its agreement", () => {
    same((stage) => {
      const line = connect(stage);
      stage.client.subscribe("a").bind("pusher:subscription_succeeded", stage.noting("succeeded"));
      line.raw('{"event":"pusher_internal:subscription_succeeded","channel":"a"}');
    });
  });

  it("happens again, with the same bindings, after every new connection", () => {
    same(
      (stage) => {
        let line = connect(stage);
        for (const name of ["a", "private-a", "presence-a"]) {
          stage.client.subscribe(name).bind("pusher:subscription_succeeded", stage.noting(name));
        }
        stage.pass(1);
        line.drop(1006, "", false);
        stage.note("gone", flags(stage, "a"), stage.client.send_event("e", 1));
        stage.pass(1000);
        line = connect(stage);
        stage.note("back", flags(stage, "a"));
        succeed(line, "a");
        succeed(line, "private-a");
        succeed(line, "presence-a", { presence: { ids: ["10"], hash: { 10: {} }, count: 1 } });
        stage.pass(1);
      },
      { channelAuthorization },
    );
  });

  it("loses its frame between the loss of the connection and the next, which heals it", () => {
    same((stage) => {
      connect(stage).drop(1006, "", false);
      stage.client.subscribe("a");
      stage.note(flags(stage, "a"));
      stage.pass(1000);
      stage.note(flags(stage, "a"));
      connect(stage);
      stage.pass(1);
    });
  });

  it("refuses a # as pusher-js does, and knows channels by their own names only", () => {
    const client = new ScriptedRig().client();
    expect(() => client.subscribe("#x")).toThrow('Cannot create a channel with name "#x".');
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      expect(client.channel(name)).toBeUndefined();
      const channel = client.subscribe(name);
      expect(client.channel(name)).toBe(channel);
      expect(client.allChannels()).toContain(channel);
      client.unsubscribe(name);
    }
  });

  it.each([undefined, null, "", 5, {}, []])("throws for %j, which is no name", (name) => {
    const client = new ScriptedRig().client();
    expect(() => client.subscribe(name as never)).toThrow(TypeError);
    expect(() => client.subscribe(name as never)).toThrow(/needs a channel's name.*for example/);
    expect(client.allChannels()).toEqual([]);
  });
});

describe("unsubscribe", () => {
  it("takes a subscribed channel out at once; subscribing again makes a new one", () => {
    same((stage) => {
      const line = connect(stage);
      const old = stage.client.subscribe("a").bind("e", stage.noting("old"));
      succeed(line, "a");
      stage.client.bind("e", stage.noting("client"));
      stage.client.unsubscribe("a");
      stage.note("unsubscribed", old.subscribed, stage.client.channel("a"), stage.client.allChannels().length);
      line.frame("e", 1, "a");
      stage.client.unsubscribe("a");
      const fresh = stage.client.subscribe("a").bind("e", stage.noting("fresh"));
      stage.note("fresh", fresh !== old);
      succeed(line, "a");
      line.frame("e", 2, "a");
      stage.pass(1);
    });
  });

  it("while pending waits for the service's answer, and can be taken back", () => {
    same((stage) => {
      const line = connect(stage);
      const channel = stage.client.subscribe("a").bind("pusher:subscription_succeeded", stage.noting("succeeded"));
      stage.client.unsubscribe("a");
      stage.note("cancelled", flags(stage, "a"), stage.client.channel("a") === channel);
      succeed(line, "a");
      stage.note("answered", flags(stage, "a"), channel.subscribed);
      const again = stage.client.subscribe("a").bind("pusher:subscription_succeeded", stage.noting("succeeded again"));
      stage.client.unsubscribe("a");
      stage.client.subscribe("a");
      stage.note("reinstated", flags(stage, "a"));
      succeed(line, "a");
      stage.note(again.subscribed);
      stage.pass(1);
    });
  });

  it("sends nothing when idle or unknown", () => {
    same((stage) => {
      stage.client.subscribe("a");
      stage.client.unsubscribe("a");
      stage.client.unsubscribe("never");
      connect(stage);
      stage.pass(1);
      stage.note(stage.client.allChannels().length);
    });
  });

  it("while pending ends with the connection: the channel does not come back with the next", () => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    rig.wire.open();
    client.subscribe("a");
    client.unsubscribe("a");
    client.disconnect();
    expect(client.channel("a")).toBeUndefined();
    client.connect();
    rig.wire.open();
    expect(rig.wire.sent).toEqual([]);
  });
});

describe("an authorization that fails", () => {
  const failing = (error: unknown) => ({
    channelAuthorization: { customHandler: (_: unknown, callback: Function) => callback(error, null) },
  });

  it("is told on the channel only, and tried again by the next subscribe", () => {
    same(
      (stage) => {
        connect(stage);
        stage.client.bind_global(stage.noting("client"));
        const channel = stage.client.subscribe("private-a");
        stage.note(flags(stage, "private-a"));
        channel.bind("pusher:subscription_error", stage.noting("error"));
        stage.client.subscribe("private-a");
        stage.note(flags(stage, "private-a"), stage.client.channel("private-a") === channel);
      },
      failing(new Error("no")),
    );
  });

  it("has no text when the handler calls back with a string", () => {
    same((stage) => {
      connect(stage);
      stage.client.subscribe("private-a").bind("pusher:subscription_error", stage.noting("error"));
      stage.client.subscribe("private-a");
    }, failing("a string"));
  });

  it("comes inside subscribe() when the handler answers at once", () => {
    same(
      (stage) => {
        const channel = stage.client.subscribe("private-a").bind("pusher:subscription_error", stage.noting("error"));
        connect(stage);
        stage.note("subscribing");
        channel.subscribe();
        stage.note("subscribed");
      },
      failing(new Error("no")),
    );
  });

  it("lets a channel go that was unsubscribed meanwhile", async () => {
    const rig = new ScriptedRig();
    let answer: Function = () => {};
    const customHandler = (_: unknown, callback: Function) => {
      answer = callback;
    };
    const client = rig.client({ channelAuthorization: { customHandler } });
    client.subscribe("private-a");
    client.unsubscribe("private-a");
    answer(new Error("no"), null);
    await settle();
    expect(client.channel("private-a")).toBeUndefined();
  });

  it("is still sent when it succeeds after a reconnect", () => {
    const answers: Function[] = [];
    same(
      (stage) => {
        answers.length = 0;
        connect(stage);
        stage.client.subscribe("private-a");
        stage.client.disconnect();
        stage.client.connect();
        stage.pass();
        connect(stage);
        answers.forEach((answer) => answer());
        stage.pass(1);
      },
      {
        channelAuthorization: {
          customHandler: ({ socketId }: { socketId: string }, callback: Function) =>
            answers.push(() => callback(null, { auth: `key:${socketId}` })),
        },
      },
    );
  });
});

describe("presence", () => {
  it("keeps its members as pusher-js does", () => {
    same(
      (stage) => {
        const line = connect(stage);
        const channel = stage.client.subscribe("presence-a") as any;
        const { members } = channel;
        stage.pass(1);
        const look = (what: string) => {
          const each: unknown[] = [];
          members.each((member: unknown) => each.push(member));
          stage.note(what, members.count, members.myID, members.me, each, members.get("10"), members.get("toString"));
        };
        for (const event of ["subscription_succeeded", "member_added", "member_removed"]) {
          channel.bind(`pusher:${event}`, stage.noting(event));
        }
        stage.client.bind_global(stage.noting("client"));
        look("pending");
        const hash = { b: { n: 1 }, 10: { name: "me" }, 2: null };
        succeed(line, "presence-a", { presence: { ids: ["b", "10", "2"], hash, count: 7 } });
        look("subscribed");
        line.frame("pusher_internal:member_added", { user_id: "c", user_info: { n: 2 } }, "presence-a");
        line.frame("pusher_internal:member_added", { user_id: "b", user_info: { n: 3 } }, "presence-a");
        line.frame("pusher_internal:member_added", { user_id: 5 }, "presence-a");
        look("joined");
        line.frame("pusher_internal:member_removed", { user_id: "c" }, "presence-a");
        line.frame("pusher_internal:member_removed", { user_id: "nobody" }, "presence-a");
        look("left");
        line.drop(1006, "", false);
        look("connection lost");
        stage.pass(1000);
        look("connecting");
        stage.note("same members", channel.members === members);
      },
      { channelAuthorization },
    );
  });

  it("keeps the old members after unsubscribe", () => {
    same(
      (stage) => {
        const line = connect(stage);
        const channel = stage.client.subscribe("presence-a") as any;
        succeed(line, "presence-a", { presence: { ids: ["10"], hash: { 10: {} }, count: 1 } });
        stage.client.unsubscribe("presence-a");
        stage.note(channel.members.count, channel.members.me);
      },
      { channelAuthorization },
    );
  });

  it("lets 10,000 members join in linear time", () => {
    const rig = new ScriptedRig();
    const channel = rig.client().subscribe("presence-a") as any;
    rig.wire.frame(
      "pusher_internal:subscription_succeeded",
      { presence: { ids: [], hash: {}, count: 0 } },
      "presence-a",
    );
    for (let i = 0; i < 10_000; i++) {
      rig.wire.frame("pusher_internal:member_added", { user_id: `u${i}`, user_info: {} }, "presence-a");
    }
    expect(channel.members.count).toBe(10_000);
  });
});
