/* oxlint-disable vitest/expect-expect -- same() asserts */
import PusherJs from "pusher-js";
import { describe, expect, it, vi } from "vitest";
import { Dispatcher } from "../../lib/events/dispatcher.js";
import { setTestRunner, testRunner } from "../../lib/events/test-runner.js";

/** pusher-js's own dispatcher: the base of everything that emits in a client that never connects. */
const RealDispatcher = Object.getPrototypeOf(
  new PusherJs("key", { cluster: "mt1", enabledTransports: [] }).connection.constructor,
) as typeof Dispatcher;

/** Runs a script on pusher-js's dispatcher and on ours: both must leave the same trace. */
function same(script: (dispatcher: Dispatcher, note: (...what: unknown[]) => void) => void): unknown[][] {
  const traces = [RealDispatcher, Dispatcher].map((Class) => {
    const trace: unknown[][] = [];
    script(new Class((name: string, data: unknown) => trace.push(["nobody", name, data])), (...what) =>
      trace.push(what),
    );
    return trace;
  });
  expect(traces[1]).toEqual(traces[0]);
  expect(traces[0].length).toBeGreaterThan(0);
  return traces[1];
}

describe("emit", () => {
  it("calls the global callbacks first, without metadata, then the event's in the order of binding", () => {
    const trace = same((dispatcher, note) => {
      dispatcher.bind("e", (...args: unknown[]) => note("first", ...args));
      dispatcher.bind_global((...args: unknown[]) => note("global", ...args));
      dispatcher.bind("e", (...args: unknown[]) => note("second", ...args));
      dispatcher.emit("e", 1, { user_id: "u" });
    });
    expect(trace.map(([who]) => who)).toEqual(["global", "first", "second"]);
    expect(trace[0]).toEqual(["global", "e", 1]);
  });

  it.each([undefined, null, 0, false, "", 1, "x", {}, []])("passes as many arguments as pusher-js for %j", (data) => {
    same((dispatcher, note) => {
      dispatcher.bind("e", (...args: unknown[]) => note(args.length, ...args));
      dispatcher.emit("e", data);
      dispatcher.emit("e", data, {});
      dispatcher.emit("e", data, { user_id: "u" });
    });
  });

  it("gives the context as this, else the global object", () => {
    const context = { name: "context" };
    const trace = same((dispatcher, note) => {
      const callback = function (this: unknown) {
        "use strict";
        note(this === context ? "context" : this === globalThis ? "global" : this);
      };
      dispatcher.bind("e", callback, context);
      dispatcher.bind("e", callback);
      dispatcher.bind("e", callback, 0);
      dispatcher.emit("e", 1);
    });
    expect(trace.flat()).toEqual(["context", "global", "global"]);
  });

  it("says when an event has no callback of its own, even if a global one heard it", () => {
    const trace = same((dispatcher, note) => {
      dispatcher.bind_global(() => note("global"));
      dispatcher.emit("e", "data");
    });
    expect(trace).toEqual([["global"], ["nobody", "e", "data"]]);
  });

  it("is safe for events that are named like properties of every object", () => {
    same((dispatcher, note) => {
      for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty"]) {
        dispatcher.emit(name, "unbound");
        dispatcher.bind(name, (data: unknown) => note(name, data));
        dispatcher.emit(name, "bound");
      }
    });
  });

  it("lets an exception of a callback end the emit", () => {
    same((dispatcher, note) => {
      dispatcher.bind("e", () => {
        throw new Error("mine");
      });
      dispatcher.bind("e", () => note("after"));
      try {
        dispatcher.emit("e");
      } catch (error) {
        note(String(error));
      }
    });
  });
});

describe("changes during an emit", () => {
  it("still calls a callback that an earlier one has just unbound", () => {
    const trace = same((dispatcher, note) => {
      const second = () => note("second");
      dispatcher.bind("e", () => {
        note("first");
        dispatcher.unbind("e", second);
      });
      dispatcher.bind("e", second);
      dispatcher.emit("e");
      note("again");
      dispatcher.emit("e");
    });
    expect(trace.flat()).toEqual(["first", "second", "again", "first"]);
  });

  it("calls a callback that an earlier one has just bound", () => {
    const trace = same((dispatcher, note) => {
      let isBound = false;
      dispatcher.bind("e", () => {
        if (!isBound) dispatcher.bind("e", () => note("new"));
        isBound = true;
      });
      dispatcher.emit("e");
    });
    expect(trace).toEqual([["new"]]);
  });

  it("does not call it when something was unbound before", () => {
    same((dispatcher, note) => {
      const other = () => {};
      dispatcher.bind("e", () => {
        note("first");
        dispatcher.unbind("e", other);
        dispatcher.bind("e", () => note("new"));
      });
      dispatcher.bind("e", other);
      dispatcher.emit("e");
      note("again");
      dispatcher.emit("e");
    });
  });

  it("skips the next global callback when one takes itself out", () => {
    const trace = same((dispatcher, note) => {
      const first = () => {
        note("first");
        dispatcher.unbind_global(first);
      };
      dispatcher.bind_global(first);
      dispatcher.bind_global(() => note("second"));
      dispatcher.bind_global(() => note("third"));
      dispatcher.emit("e");
    });
    expect(trace.flat()).toEqual(["first", "third", "nobody", "e", undefined]);
  });

  it("calls a global callback that an earlier one has just bound", () => {
    same((dispatcher, note) => {
      let isBound = false;
      dispatcher.bind_global(() => {
        if (!isBound) dispatcher.bind_global(() => note("new"));
        isBound = true;
      });
      dispatcher.emit("e");
    });
  });
});

describe("unbind", () => {
  const context = {};
  const fn = () => {};
  const combinations: [string, unknown[]][] = [
    ["()", []],
    ["('')", [""]],
    ["(null, null, null)", [null, null, null]],
    ["(name)", ["e"]],
    ["(name, fn)", ["e", fn]],
    ["(null, fn)", [null, fn]],
    ["(undefined, fn)", [undefined, fn]],
    ["(name, null, context)", ["e", null, context]],
    ["(null, null, context)", [null, null, context]],
    ["(name, fn, context)", ["e", fn, context]],
    ["(name, other function)", ["e", () => {}]],
    ["(other name)", ["never bound"]],
    ["(other name, fn)", ["never bound", fn]],
  ];
  it.each(combinations)("%s takes out what pusher-js takes out", (_, args) => {
    same((dispatcher, note) => {
      const traced = (who: string) => () => note(who);
      dispatcher.bind("e", fn);
      dispatcher.bind("e", fn, context);
      dispatcher.bind("e", traced("e"));
      dispatcher.bind("e", traced("e with context"), context);
      dispatcher.bind("f", fn);
      dispatcher.bind("f", traced("f with context"), context);
      dispatcher.bind_global(traced("global"));
      dispatcher.unbind(...(args as [string]));
      for (const name of ["e", "f"]) {
        dispatcher.emit(name);
        note(name, dispatcher.callbacks.get(name)?.length);
      }
    });
  });

  it("treats the same function bound twice as two, and takes both out", () => {
    same((dispatcher, note) => {
      const twice = () => note("called");
      dispatcher.bind("e", twice).bind("e", twice);
      dispatcher.emit("e");
      dispatcher.unbind("e", twice);
      dispatcher.emit("e");
    });
  });

  it("takes out global callbacks with unbind_global and everything with unbind_all", () => {
    same((dispatcher, note) => {
      const first = () => note("first");
      dispatcher.bind_global(first).bind_global(() => note("second"));
      dispatcher.bind("e", () => note("e"));
      dispatcher.unbind_global(first).emit("e");
      dispatcher.unbind_global().emit("e");
      dispatcher.bind_global(first).unbind_all().emit("e");
    });
  });

  it("shows its callbacks as pusher-js keeps them", () => {
    same((dispatcher, note) => {
      dispatcher.bind("e", fn, context);
      dispatcher.bind("f", fn);
      note(Object.keys(dispatcher.callbacks._callbacks), dispatcher.callbacks._callbacks["_e"]);
    });
  });
});

describe("bind", () => {
  it.each([undefined, null, "callback", 1, {}, [() => {}]])("refuses %j as a callback when it is bound", (callback) => {
    const dispatcher = new Dispatcher();
    expect(() => dispatcher.bind("new-message", callback as never)).toThrow(TypeError);
    expect(() => dispatcher.bind("new-message", callback as never)).toThrow(
      /"new-message".*needs a function.*Pass one/,
    );
    expect(() => dispatcher.bind_global(callback as never)).toThrow(/bind_global.*needs a function/);
    expect(dispatcher.isBound()).toBe(false);
  });

  it("names the type of what it got instead of a function", () => {
    const dispatcher = new Dispatcher();
    expect(() => dispatcher.bind("e", null as never)).toThrow("got null");
    expect(() => dispatcher.bind("e", [] as never)).toThrow("got an array");
    expect(() => dispatcher.bind("e", undefined as never)).toThrow("got undefined");
  });

  it("knows whether an event would be heard", () => {
    const dispatcher = new Dispatcher();
    const callback = vi.fn();
    expect(dispatcher.hears("e")).toBe(false);
    dispatcher.bind("e", callback);
    expect([dispatcher.hears("e"), dispatcher.hears("f")]).toEqual([true, false]);
    dispatcher.unbind("e", callback).bind_global(callback);
    expect(dispatcher.hears("f")).toBe(true);
  });
});

describe("an async callback", () => {
  class Reporting extends Dispatcher {
    readonly errors: unknown[] = [];
    protected override callbackFailed(eventName: string, error: unknown): void {
      this.errors.push([eventName, error]);
    }
  }

  it("hands on the assertion that it fails with, under a plugin", async () => {
    const before = testRunner();
    setTestRunner({
      current: () => undefined,
      strict: undefined,
      fail: () => true,
      owe: () => {},
      atEnd: () => {},
      noteHints: () => {},
    });
    try {
      const dispatcher = new Reporting();
      const assertion = Object.assign(new Error("mine"), { code: "ERR_ASSERTION" });
      const rejected = async () => {
        await Promise.resolve();
        throw assertion;
      };
      dispatcher.bind("e", rejected).bind_global(rejected);
      dispatcher.bind("e", async () => "fine").emit("e", 1);
      await vi.waitFor(() =>
        expect(dispatcher.errors).toEqual([
          ["e", assertion],
          ["e", assertion],
        ]),
      );
    } finally {
      setTestRunner(before as never);
    }
  });
});
