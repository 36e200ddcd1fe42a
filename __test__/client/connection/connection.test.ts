/* oxlint-disable vitest/expect-expect -- same() asserts */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ScriptedRig } from "../../support/scripted-rig.js";
import { connect, same } from "../../support/side-by-side.js";

vi.mock("../../../lib/native/addon.js", () => import("../../support/no-addon.js"));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("connecting", () => {
  it("is under way when the constructor returns, and connected once the service says so", () => {
    const trace = same((stage) => {
      connect(stage);
    });
    expect(trace[0]).toEqual(["connecting", 1]);
    expect(trace).toContainEqual([0, "state_change", { previous: "connecting", current: "connected" }]);
    expect(trace).toContainEqual([0, "connected", { socket_id: "1.1" }]);
  });

  it("takes the handshake's data as an object too", () => {
    same(({ lines }) => {
      lines[0].raw('{"event":"pusher:connection_established","data":{"socket_id":"7.7","activity_timeout":30}}');
    });
  });

  it("disconnects at once and quietly when asked twice, and keeps its socket_id", () => {
    const trace = same((stage) => {
      connect(stage);
      stage.client.disconnect();
      stage.trace.push(["returned"]);
      stage.client.disconnect();
    });
    expect(trace.at(-2)).toEqual(["state", "disconnected", "socket_id", "1.1"]);
  });

  it("connects again with a new socket_id", () => {
    same((stage) => {
      connect(stage);
      stage.client.disconnect();
      stage.client.connect();
      stage.client.connect();
      stage.pass();
      connect(stage);
    });
  });

  it("disconnects while connecting", () => {
    same(({ client, pass }) => {
      client.disconnect();
      pass(60_000);
    });
  });

  it("is unavailable after 10 s, and connected without another connecting", () => {
    const trace = same((stage) => {
      stage.pass(12_000);
      connect(stage);
    });
    expect(trace).toContainEqual([10_000, "state_change", { previous: "connecting", current: "unavailable" }]);
    expect(trace).toContainEqual([12_000, "state_change", { previous: "unavailable", current: "connected" }]);
  });

  it("takes unavailableTimeout from the options", () => {
    same(({ pass }) => pass(2500), { unavailableTimeout: 2000 });
  });

  it("tries again after 15, 45 and then every 60 seconds where nobody answers, without an error", () => {
    same(({ lines, trace, pass }) => {
      for (const wait of [0, 14_000, 1500, 29_000, 1500, 58_000, 2500, 60_000]) {
        pass(wait);
        trace.push(["attempts", lines.length]);
        lines.at(-1)!.drop(1006, "", false);
      }
    });
  });

  it("gives up an attempt that hangs, and makes the next", () => {
    same(({ lines, trace, pass }) => {
      pass(15_500);
      trace.push(["attempts", lines.length]);
      pass(30_000);
      trace.push(["attempts", lines.length]);
    });
  });

  it.each([[[]], [["sockjs"]]])("has failed on return with the transports %j", (enabledTransports) => {
    const trace = same(
      ({ client, pass }) => {
        client.connect();
        pass(20_000);
      },
      { enabledTransports },
    );
    expect(trace[0]).toEqual(["failed", 0]);
  });

  it("moves to another cluster without being disconnected", () => {
    same((stage) => {
      connect(stage);
      stage.client.switchCluster({ appKey: "other-key", cluster: "eu" });
      stage.trace.push(["key", stage.client.key, stage.client.config.wsHost]);
      stage.pass();
      connect(stage);
    });
  });
});

describe("a connection that is closed", () => {
  const codes = [
    1000, 1001, 1002, 1003, 1004, 1005, 1006, 1011, 3999, 4001, 4004, 4009, 4099, 4100, 4199, 4200, 4201, 4299, 4300,
    4999,
  ];

  it.each(codes)("with %i does what pusher-js does, at the same moments", (code) => {
    same((stage) => {
      connect(stage).drop(code, "the reason", code !== 1006);
      stage.trace.push(["after the close", stage.client.connection.state, stage.client.send_event("e", {})]);
      for (const wait of [0, 999, 1, 5000]) {
        stage.pass(wait);
        stage.trace.push(["attempts", stage.lines.length, stage.client.connection.state]);
      }
    });
  });

  it.each(codes.filter((code) => code !== 4200 && code !== 4201 && code !== 4299 && code !== 1006))(
    "with %i during the handshake does what pusher-js does",
    (code) => {
      same((stage) => {
        stage.lines[0].drop(code, "the reason");
        for (const wait of [0, 999, 1, 5000]) {
          stage.pass(wait);
          stage.trace.push(["attempts", stage.lines.length, stage.client.connection.state]);
        }
      });
    },
  );

  it.each([4001, 4004, 4100, 4301])("with %i in an error frame instead of the handshake", (code) => {
    same((stage) => {
      stage.lines[0].frame("pusher:error", { code, message: "no" });
      stage.pass(1500);
      stage.trace.push(["attempts", stage.lines.length]);
    });
  });

  it("with an error frame before it reports the error three times", () => {
    const trace = same((stage) => {
      const line = connect(stage);
      line.frame("pusher:error", { code: 4009, message: "Connection not authorized" });
      line.drop(4009, "Connection not authorized");
      stage.pass(5000);
    });
    expect(trace.filter(([, name]) => name === "error")).toHaveLength(3);
  });

  it("reconnects at once the first time that a handshake is closed with 4200, then after a second", () => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    rig.wire.drop(4200, "again");
    vi.advanceTimersByTime(0);
    expect(rig.wires).toHaveLength(2);
    rig.wire.drop(4200, "again");
    vi.advanceTimersByTime(999);
    expect(rig.wires).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(rig.wires).toHaveLength(3);
    rig.wire.open();
    expect(client.connection.state).toBe("connected");
  });

  it("does not reconnect after disconnect(), although a retry was due", () => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    rig.wire.open();
    rig.wire.drop(4100, "again");
    client.disconnect();
    vi.advanceTimersByTime(60_000);
    expect(rig.wires).toHaveLength(1);
    expect(client.connection.state).toBe("disconnected");
  });
});

describe("what cannot be understood", () => {
  it.each(["nonsense", "null", "[1"])("is an error after the handshake, and nothing more: %s", (text) => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    const onError = vi.fn();
    client.connection.bind("error", onError);
    rig.wire.open();
    rig.wire.raw(text);
    expect(onError).toHaveBeenCalledExactlyOnceWith({
      type: "MessageParseError",
      error: { type: "MessageParseError", error: expect.any(Error), data: text },
      data: text,
    });
    expect(client.connection.state).toBe("connected");
  });

  it("is reported like an exception of a callback when it is JSON without an event", () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    rig.wire.open();
    rig.wire.raw("{}");
    expect(report).toHaveBeenCalledWith(expect.stringContaining('"message"'), expect.any(TypeError));
    expect(client.connection.state).toBe("connected");
  });

  it.each([
    ["no activity timeout", '{"event":"pusher:connection_established","data":"{\\"socket_id\\":\\"1.1\\"}"}'],
    ["another event first", '{"event":"pusher:pong","data":{}}'],
  ])("as a handshake is reported and tried again after a second: %s", (_, text) => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    const onError = vi.fn();
    client.connection.bind("error", onError);
    rig.wire.raw(text);
    expect(onError).toHaveBeenCalledExactlyOnceWith({ type: "HandshakeError", error: expect.any(String) });
    vi.advanceTimersByTime(1000);
    rig.wire.open();
    expect(rig.wires).toHaveLength(2);
    expect(client.connection.state).toBe("connected");
  });
});

describe("silence", () => {
  it("is broken with a ping after the service's timeout, and any message counts as the answer", () => {
    same((stage) => {
      stage.lines[0].open("1.1", 30);
      stage.pass(29_999);
      stage.trace.push(["pings", stage.lines[0].sent.length]);
      stage.pass(1);
      stage.pass(1);
      stage.trace.push(["pings", stage.lines[0].sent.length]);
      stage.pass(20_000);
      stage.lines[0].frame("news", {}, "a-channel");
      stage.pass(29_000);
      stage.trace.push(["attempts", stage.lines.length]);
    });
  });

  it("after a ping means a new connection, without an error", () => {
    same((stage) => {
      connect(stage);
      stage.pass(120_000);
      stage.pass(30_000);
      stage.pass(1);
      stage.trace.push(["attempts", stage.lines.length, stage.client.connection.state]);
      connect(stage);
    });
  });

  it("is measured by the shorter of the option and the service's timeout", () => {
    same(
      (stage) => {
        connect(stage);
        stage.pass(5000);
        stage.pass(1000);
        stage.trace.push(["attempts", stage.lines.length]);
      },
      { activityTimeout: 5000, pongTimeout: 900 },
    );
  });

  it("is not broken by what the client sends", () => {
    same((stage) => {
      connect(stage);
      stage.pass(119_000);
      stage.client.send_event("client-e", 1, "private-a");
      stage.pass(1000);
      stage.pass(1);
    });
  });

  it("is broken sooner after a connection that died young", () => {
    same((stage) => {
      const line = connect(stage);
      stage.pass(40_000);
      line.drop(1006, "", false);
      stage.pass(1000);
      connect(stage);
      stage.pass(20_000);
      stage.pass(1);
    });
  });

  it("answers a ping of the service at once", () => {
    same((stage) => {
      connect(stage).frame("pusher:ping", {});
      stage.pass(1);
    });
  });

  it("is not watched where a wire cannot fall silent", () => {
    const rig = new ScriptedRig();
    rig.client();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("immediate delivery", () => {
  it("is connected when the constructor returns", () => {
    const client = new ScriptedRig().client();
    expect(client.connection.state).toBe("connected");
    expect(client.connection.socket_id).toBe("1.1");
    expect(client.connectionId).toBe("mock-connection-1");
  });

  it("calls a callback bound to connected once, in a later microtask", async () => {
    const client = new ScriptedRig().client();
    const context = {};
    const callback = vi.fn();
    client.connection.bind("connected", callback, context);
    expect(callback).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(callback).toHaveBeenCalledExactlyOnceWith({ socket_id: "1.1" });
    expect(callback.mock.contexts[0]).toBe(context);
  });

  it("does not call it when it was unbound, disconnected or really connected meanwhile", async () => {
    const client = new ScriptedRig().client();
    const [unbound, disconnected, connected] = [vi.fn(), vi.fn(), vi.fn()];
    client.connection.bind("connected", unbound).unbind("connected", unbound);
    client.connection.bind("connected", connected);
    client.disconnect();
    client.connect();
    client.connection.bind("connected", disconnected);
    client.disconnect();
    await Promise.resolve();
    expect(unbound).not.toHaveBeenCalled();
    expect(connected).toHaveBeenCalledExactlyOnceWith({ socket_id: "1.2" });
    expect(disconnected).not.toHaveBeenCalled();
  });

  it("reconnects in a microtask where pusher-js does in the next turn", async () => {
    const rig = new ScriptedRig();
    const client = rig.client();
    client.switchCluster({ appKey: "other-key", cluster: "eu" });
    expect(rig.wires).toHaveLength(1);
    await Promise.resolve();
    expect(rig.wires.map(({ key }) => key)).toEqual(["app-key", "other-key"]);
    expect(client.connection.state).toBe("connected");
  });
});

describe("reset() while connecting", () => {
  it("lets go of the attempt, and the next use of the client makes another", () => {
    const rig = new ScriptedRig({ delivery: "network" });
    const client = rig.client();
    rig.wire.reset();
    vi.advanceTimersByTime(60_000);
    expect(client.connection.state).toBe("connecting");

    client.subscribe("task-1");
    expect(rig.wires).toHaveLength(2);
    rig.wire.open("2.2");
    expect(client.connection.socket_id).toBe("2.2");
    expect(rig.wire.sent).toContainEqual(
      expect.objectContaining({ event: "pusher:subscribe", data: expect.objectContaining({ channel: "task-1" }) }),
    );
  });
});
