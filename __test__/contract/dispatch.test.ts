import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { next } from "../support/next";

beforeEach(() => {
  pusherMockState.reset();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const server = new MockPusherServer({});
const connect = () => new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
const trigger = (channel: string, event: string, data: unknown = 1) => pusherMockState.trigger(channel, event, data);

describe("a change in mid-dispatch", () => {
  it("unsubscribing lets the channel's other callbacks of this event run, and nothing after it", async () => {
    const client = connect();
    const channel = client.subscribe("task-1");
    await next(channel, "pusher:subscription_succeeded");
    const called: string[] = [];
    channel.bind("e", () => {
      called.push("first");
      client.unsubscribe("task-1");
    });
    channel.bind("e", () => called.push("second"));
    trigger("task-1", "e");
    trigger("task-1", "e");
    expect(called).toEqual(["first", "second"]);
  });

  it("unsubscribing another client spares that client", async () => {
    const [first, second] = [connect(), connect()];
    const spared = vi.fn();
    first.subscribe("task-1").bind("e", () => second.unsubscribe("task-1"));
    const channel = second.subscribe("task-1").bind("e", spared);
    await next(channel, "pusher:subscription_succeeded");
    trigger("task-1", "e");
    expect(spared).not.toHaveBeenCalled();
  });

  it("disconnecting another client spares that client", () => {
    const [first, second] = [connect(), connect()];
    const spared = vi.fn();
    first.subscribe("task-1").bind("e", () => second.disconnect());
    second.subscribe("task-1").bind("e", spared);
    trigger("task-1", "e");
    expect(spared).not.toHaveBeenCalled();
  });

  it("a callback that unbinds itself is called once, and does not make the next one be skipped", () => {
    const channel = connect().subscribe("task-1");
    const called: string[] = [];
    const itself = () => {
      called.push("itself");
      channel.unbind("e", itself);
    };
    channel.bind("e", itself).bind("e", () => called.push("next"));
    trigger("task-1", "e");
    trigger("task-1", "e");
    expect(called).toEqual(["itself", "next", "next"]);
  });

  it("a client that subscribes meanwhile gets the next event, not this one", () => {
    const late = connect();
    const received: unknown[] = [];
    connect()
      .subscribe("task-1")
      .bind("e", () => late.subscribe("task-1").bind("e", (data: unknown) => received.push(data)));
    trigger("task-1", "e", 1);
    expect(received).toEqual([]);
    trigger("task-1", "e", 2);
    expect(received).toContain(2);
    expect(received).not.toContain(1);
  });

  it("reset() inside a callback ends the delivery to other clients, quietly", () => {
    const [first, second] = [connect(), connect()];
    const spared = vi.fn();
    first.subscribe("task-1").bind("e", () => pusherMockState.reset());
    second.subscribe("task-1").bind("e", spared);
    trigger("task-1", "e");
    expect(spared).not.toHaveBeenCalled();
    expect(pusherMockState.getState()).toEqual({ channels: [], subscriptions: [] });
  });
});

describe("a callback that throws", () => {
  it("is reported with event, channel and the original error, and stops nobody else", async () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    const error = new Error("from the callback");
    const [after, other] = [vi.fn(), vi.fn()];
    connect()
      .subscribe("task-1")
      .bind("e", () => {
        throw error;
      })
      .bind("e", after);
    connect().subscribe("task-1").bind("e", other);
    const { status } = await server.trigger("task-1", "e", 1);
    expect(status).toBe(200);
    expect(after).toHaveBeenCalledOnce();
    expect(other).toHaveBeenCalledOnce();
    expect(report.mock.calls).toEqual([['pushrig: a callback for "e" on channel "task-1" threw:', error]]);
  });

  it("does not reach pusherMockState.trigger either", () => {
    const report = vi.spyOn(console, "error").mockImplementation(() => {});
    pusherMockState.subscribe("a", "task-1");
    pusherMockState.bind("a", "task-1", "e", () => {
      // oxlint-disable-next-line no-throw-literal -- what is thrown need not be an error
      throw "a string";
    });
    pusherMockState.trigger("task-1", "e", 1);
    expect(report.mock.calls).toEqual([['pushrig: a callback for "e" on channel "task-1" threw:', "a string"]]);
  });
});

describe("triggers inside callbacks", () => {
  it("are delivered in order, each event to everybody before the next, before the outermost trigger returns", () => {
    const log: string[] = [];
    const first = connect().subscribe("task-1");
    const second = connect().subscribe("task-1");
    first.bind("a", () => {
      log.push("first a");
      trigger("task-1", "b");
      void server.trigger("task-1", "c", 1);
      log.push("first a done");
    });
    first.bind("b", () => log.push("first b"));
    first.bind("c", () => log.push("first c"));
    second.bind("a", () => log.push("second a"));
    second.bind("b", () => log.push("second b"));
    second.bind("c", () => log.push("second c"));
    trigger("task-1", "a");
    expect(log).toEqual(["first a", "first a done", "second a", "first b", "second b", "first c", "second c"]);
  });

  it("keep one order over several channels and levels", () => {
    const log: string[] = [];
    const client = connect();
    client.subscribe("task-1").bind("a", (n: number) => {
      log.push(`a${n}`);
      if (n < 2) trigger("task-2", "b", n);
      if (n < 2) trigger("task-1", "a", n + 1);
    });
    client.subscribe("task-2").bind("b", (n: number) => log.push(`b${n}`));
    trigger("task-1", "a", 0);
    expect(log).toEqual(["a0", "b0", "a1", "b1", "a2"]);
  });

  it("are in history at once", () => {
    connect()
      .subscribe("task-1")
      .bind("a", () => {
        trigger("task-2", "b");
        expect(pusherMockState.getChannelMessages("task-2")).toHaveLength(1);
      });
    trigger("task-1", "a");
    expect.assertions(1);
  });
});

describe("runaway triggering", () => {
  /** Of the processor: by the clock it depends on who else uses the machine. */
  const takesLessThanASecond = (run: () => unknown) => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1000);
  };

  it("of one callback ends with a RangeError that names event and channel", () => {
    connect()
      .subscribe("task-1")
      .bind("again", () => trigger("task-1", "again"));
    takesLessThanASecond(() => expect(() => trigger("task-1", "again")).toThrow(RangeError));
    pusherMockState.reset();
    connect()
      .subscribe("task-1")
      .bind("again", () => trigger("task-1", "again"));
    expect(() => trigger("task-1", "again")).toThrow(/"again" on channel "task-1"/);
  });

  it("of two callbacks, which doubles with every event, ends the same way", () => {
    const channel = connect().subscribe("task-1");
    channel.bind("again", () => trigger("task-1", "again")).bind("again", () => trigger("task-1", "again"));
    takesLessThanASecond(() => expect(() => trigger("task-1", "again")).toThrow(RangeError));
  });

  it("of two clients that answer each other ends the same way", () => {
    connect()
      .subscribe("task-1")
      .bind("ping", () => trigger("task-1", "pong"));
    connect()
      .subscribe("task-1")
      .bind("pong", () => trigger("task-1", "ping"));
    takesLessThanASecond(() => expect(() => trigger("task-1", "ping")).toThrow(RangeError));
  });

  it("of a server's trigger reaches only the outermost caller, once", () => {
    const inner: unknown[] = [];
    connect()
      .subscribe("task-1")
      .bind("again", () => {
        server.trigger("task-1", "again", 1).catch((error: unknown) => inner.push(error));
      });
    expect(() => server.trigger("task-1", "again", 1)).toThrow(RangeError);
    expect(inner).toEqual([]);
  });

  it("through triggerBatch ends the same way", () => {
    connect()
      .subscribe("task-1")
      .bind("again", () => void server.triggerBatch([{ channel: "task-1", name: "again", data: 1 }]));
    takesLessThanASecond(() =>
      expect(() => server.triggerBatch([{ channel: "task-1", name: "again", data: 1 }])).toThrow(
        /"again" on channel "task-1"/,
      ),
    );
  });

  it("leaves the broker usable", () => {
    const channel = connect().subscribe("task-1");
    channel.bind("again", () => trigger("task-1", "again"));
    expect(() => trigger("task-1", "again")).toThrow(RangeError);
    channel.unbind("again");
    const callback = vi.fn();
    channel.bind("e", callback);
    trigger("task-1", "e", "after");
    expect(callback.mock.calls).toEqual([["after"]]);
    expect(pusherMockState.getChannelMessages("task-1")).toHaveLength(100);
  });

  it("is not what 10,000 events inside one dispatch are", () => {
    let left = 10_000;
    connect()
      .subscribe("task-1")
      .bind("again", () => {
        if (left-- > 0) trigger("task-1", "again");
      });
    trigger("task-1", "again");
    expect(left).toBe(-1);
  });

  it("is counted anew for every outermost trigger", () => {
    let sent = 0;
    connect()
      .subscribe("task-1")
      .bind("a", () => {
        for (let i = 0; i < 6000; i++) trigger("nobody-listens", "b", (sent += 1));
      });
    trigger("task-1", "a");
    trigger("task-1", "a");
    expect(pusherMockState.getChannelMessages("nobody-listens").at(-1)!.data).toBe(12_000);
  });

  it("is noticed too where nobody listens to what is triggered", () => {
    connect()
      .subscribe("task-1")
      .bind("a", () => {
        for (let i = 0; i < 10_001; i++) trigger("nobody-listens", "b");
      });
    expect(() => trigger("task-1", "a")).toThrow(/"b" on channel "nobody-listens"/);
  });
});
