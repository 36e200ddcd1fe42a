/* oxlint-disable vitest/expect-expect -- same() asserts */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Line } from "../support/line.js";
import { agree, ScriptedRig, settle } from "../support/scripted-rig.js";
import { connect, same, type Stage } from "../support/side-by-side.js";

vi.mock("../../lib/binding.js", () => import("../support/no-binding.js"));

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

describe("an event", () => {
  it("reaches the channel's callbacks before the client's, global ones first", () => {
    same((stage) => {
      const line = connect(stage);
      const channel = stage.client.subscribe("a");
      stage.client.bind("e", stage.noting("client"));
      stage.client.bind_global(stage.noting("client global"));
      channel.bind("e", stage.noting("channel"));
      channel.bind_global(stage.noting("channel global"));
      stage.client.connection.bind("message", stage.noting("message"));
      succeed(line, "a");
      line.frame("e", { x: 1 }, "a");
      line.frame("e", { x: 2 }, "not-subscribed");
      line.frame("e", { x: 3 });
    });
  });

  it.each([
    '"text"',
    '""',
    '"5"',
    '"null"',
    '"{\\"a\\":1}"',
    '"\\"quoted\\""',
    "{}",
    "0",
    "null",
    '" [1]"',
    '"true story"',
  ])("with the data %s is decoded as pusher-js does", (data) => {
    same((stage) => {
      const line = connect(stage);
      stage.client.subscribe("a").bind("e", stage.noting("channel"));
      stage.client.bind("e", stage.noting("client"));
      line.raw(`{"event":"e","channel":"a","data":${data}}`);
    });
  });

  it("carries a user_id on presence channels only", () => {
    same(
      (stage) => {
        const line = connect(stage);
        for (const name of ["a", "private-a", "presence-a"]) {
          stage.client.subscribe(name).bind("client-e", stage.noting(name));
          line.raw(`{"event":"client-e","channel":"${name}","data":{"x":1},"user_id":"7"}`);
          line.raw(`{"event":"client-e","channel":"${name}","data":{"x":1}}`);
        }
      },
      { channelAuthorization },
    );
  });

  it("of pusher_internal reaches nobody but the connection's message", () => {
    same((stage) => {
      const line = connect(stage);
      stage.client.subscribe("a").bind_global(stage.noting("channel"));
      stage.client.bind_global(stage.noting("client"));
      stage.client.connection.bind("message", stage.noting("message"));
      line.frame("pusher_internal:whatever", { x: 1 }, "a");
      line.frame("pusher:pong", {});
    });
  });

  it("of a cache miss, of a count and of the service's error are passed as pusher-js passes them", () => {
    same((stage) => {
      const line = connect(stage);
      const channel = stage.client.subscribe("cache-a");
      stage.client.bind_global(stage.noting("client"));
      stage.client.bind("pusher:cache_miss", stage.noting("client miss"));
      channel.bind("pusher:cache_miss", stage.noting("miss"));
      channel.bind("pusher:subscription_count", stage.noting("count"));
      channel.bind("pusher:subscription_error", stage.noting("error"));
      line.raw('{"event":"pusher:cache_miss","channel":"cache-a"}');
      stage.note("subscriptionCount" in channel);
      for (const subscription_count of [3, 0]) {
        line.frame("pusher_internal:subscription_count", { subscription_count }, "cache-a");
        stage.note(channel.subscriptionCount);
      }
      line.frame("pusher:subscription_error", { status: 403 }, "cache-a");
      stage.note(flags(stage, "cache-a"));
    });
  });

  it("does not reach callbacks that connection.unbind_all() cut off, as with pusher-js", () => {
    same((stage) => {
      const line = connect(stage);
      stage.client.subscribe("a").bind("e", stage.noting("channel"));
      stage.client.connection.unbind_all();
      line.frame("e", 1, "a");
      stage.note("cut off");
    });
  });

  it("is one object for all callbacks of a client", () => {
    same((stage) => {
      const line = connect(stage);
      const channel = stage.client.subscribe("a");
      channel.bind("e", (data: { seen?: boolean }) => {
        data.seen = true;
      });
      channel.bind("e", stage.noting("channel"));
      stage.client.bind("e", stage.noting("client"));
      line.frame("e", {}, "a");
    });
  });
});

describe("an event with immediate delivery", () => {
  function bound() {
    const rig = new ScriptedRig();
    rig.answer = agree;
    const client = rig.client({ channelAuthorization } as never);
    return { rig, client, channel: client.subscribe("a") };
  }

  it("is passed alone, however falsy, so that toHaveBeenCalledWith(data) holds", () => {
    const { rig, channel } = bound();
    const callback = vi.fn();
    channel.bind("e", callback);
    for (const data of ['{"x":1}', "0", "false", "null", "text", undefined]) rig.wire.event("a", "e", data);
    expect(callback.mock.calls).toEqual([[{ x: 1 }], [0], [false], [null], ["text"], [undefined]]);
  });

  it("comes with metadata when there is a user to name", () => {
    const { rig, client } = bound();
    const callback = vi.fn();
    client.subscribe("presence-a").bind("client-e", callback);
    rig.wire.clientEvent("presence-a", "client-e", '{"x":1}', "7");
    rig.wire.clientEvent("presence-a", "client-e", '"5"');
    expect(callback.mock.calls).toEqual([[{ x: 1 }, { user_id: "7" }], [5]]);
  });

  it("reaches channel, client and the connection's listeners in pusher-js's order", () => {
    const { rig, client, channel } = bound();
    const order: string[] = [];
    channel.bind("e", () => order.push("channel"));
    client.bind("e", () => order.push("client"));
    rig.wire.event("a", "e", "1");
    client.connection.bind("message", () => order.push("message"));
    rig.wire.event("a", "e", "1");
    expect(order).toEqual(["channel", "client", "channel", "client", "message"]);
  });

  it("is parsed once for a client, and not at all when nobody listens", () => {
    const { rig, client, channel } = bound();
    const parse = vi.spyOn(JSON, "parse");
    rig.wire.event("a", "e", '{"x":1}');
    channel.bind("other", () => {});
    rig.wire.event("a", "e", '{"x":1}');
    expect(parse).not.toHaveBeenCalled();
    channel.bind("e", () => {});
    channel.bind("e", () => {});
    client.bind("e", () => {});
    rig.wire.event("a", "e", '{"x":1}');
    expect(parse).toHaveBeenCalledTimes(1);
  });

  it("stops reaching a channel after connection.unbind_all(), as with pusher-js", () => {
    const { rig, client, channel } = bound();
    const callback = vi.fn();
    channel.bind("e", callback);
    client.connection.unbind_all();
    rig.wire.event("a", "e", "1");
    expect(callback).not.toHaveBeenCalled();
  });

  it("tells which callbacks are bound on a channel", () => {
    const { rig, channel } = bound();
    const [first, second] = [() => {}, () => {}];
    channel.bind("e", first).bind("e", second).bind("f", first);
    expect(rig.wire.boundCallbacks("a")).toEqual([
      ["e", first],
      ["e", second],
      ["f", first],
    ]);
    expect(rig.wire.boundCallbacks("unknown")).toEqual([]);
  });
});

describe("a client event", () => {
  it("needs a name that starts with client-, and is sent whether subscribed or not", () => {
    same(
      (stage) => {
        const channel = stage.client.subscribe("private-a");
        const attempt = (name: string) => {
          try {
            stage.note(name, channel.trigger(name, { x: 1 }));
          } catch (error) {
            stage.note(name, (error as Error).constructor.name, (error as Error).message);
          }
        };
        attempt("e");
        attempt("client-e");
        connect(stage);
        attempt("e");
        attempt("client-e");
        stage.pass(1);
      },
      { channelAuthorization },
    );
  });

  it("is a snapshot taken when it is sent", () => {
    const rig = new ScriptedRig();
    const client = rig.client();
    const data = { at: new Date(0), none: undefined, not: NaN };
    client.subscribe("private-a").trigger("client-e", data);
    expect(rig.wire.sent.at(-1).data).toEqual({ at: "1970-01-01T00:00:00.000Z", not: null });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(() => client.channel("private-a").trigger("client-e", cyclic)).toThrow(TypeError);
    expect(() => client.channel("private-a").trigger("client-e", 1n)).toThrow(TypeError);
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
