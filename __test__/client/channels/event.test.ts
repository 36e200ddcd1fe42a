/* oxlint-disable vitest/expect-expect -- same() asserts */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Line } from "../../support/line.js";
import { agree, ScriptedRig } from "../../support/scripted-rig.js";
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
