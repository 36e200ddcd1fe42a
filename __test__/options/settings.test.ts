import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { configure, createMockPusher } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ordinaryEnvironment } from "../support/environment";

const PACKAGE = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("configure()", () => {
  it.each<[object, RegExp]>([
    [{ delivery: "fast" }, /delivery in configure\(\) is one of "immediate", "network", "polling", not "fast"/],
    [{ latency: -1 }, /latency in configure\(\) is milliseconds from 0/],
    [{ latency: { min: 2, max: 1 } }, /min <= max/],
    [{ pollInterval: 0 }, /pollInterval in configure\(\) is a whole number from 1/],
    [{ webhookHold: -1 }, /webhookHold in configure\(\) is a whole number from 0/],
    [{ historyLimit: 1.5 }, /historyLimit in configure\(\) is a whole number from 0/],
    [{ onCallbackError: "ignore" }, /one of "report", "fail", "throw", not "ignore"/],
    [{ mode: "polling" }, /has no setting "mode"; the settings are delivery, latency/],
    [{ delivrey: "polling" }, /has no setting "delivrey"; did you mean "delivery"\? The settings are delivery/],
  ])("refuses %j with what is wrong and what is right", (settings, text) => {
    expect(() => configure(settings)).toThrow(text);
  });

  it.each<[unknown, string]>([
    [null, 'createMockPusher() takes an object such as { delivery: "network" }, not null'],
    [6001, 'createMockPusher() takes an object such as { delivery: "network" }, not 6001'],
    [{ pollInterval: 0 }, "pollInterval in createMockPusher() is a whole number from 1"],
    [{ limit: {} }, 'createMockPusher() has no option "limit"; did you mean "limits"? The options are appId, key,'],
  ])("is not blamed for %j of createMockPusher()", (options, text) => {
    expect(() => createMockPusher(options as never)).toThrow(text);
  });

  it("keeps as many messages as historyLimit says", () => {
    const world = createMockPusher({ historyLimit: 3 });
    for (let n = 1; n <= 5; n++) world.state.trigger("task-1", "e", n);
    expect(world.state.getChannelMessages("task-1").map(({ data }) => data)).toEqual([3, 4, 5]);
    world.close();
  });
});

/** What a process prints that has these variables and runs this script with the package as `pushrig`. */
function printed(variables: Record<string, string>, script: string) {
  const source = `const pushrig = require(${JSON.stringify(PACKAGE)});\n${script}`;
  const env = ordinaryEnvironment({ DEBUG: "", ...variables });
  const { stdout, stderr } = spawnSync(process.execPath, ["-e", source], { env, encoding: "utf8" });
  return { stdout, stderr };
}

describe("the environment", () => {
  const settled = `
    const { MockPusherClient, MockPusherServer, pusherMockState } = pushrig;
    const client = new MockPusherClient("key", { cluster: "mt1" });
    const order = [];
    client.subscribe("task-1").bind("e", () => order.push("callback"));
  `;

  it("sets the default rig's settings when it is first used", () => {
    const script = `
      const { pusherMockState } = pushrig;
      for (let n = 0; n < 5; n++) pusherMockState.trigger("task-1", "e", n);
      console.log(pusherMockState.getChannelMessages("task-1").length);
    `;
    expect(printed({ PUSHRIG_HISTORY_LIMIT: "2" }, script).stdout).toBe("2\n");
  });

  it("sets the delivery mode and its latency", () => {
    const script = `
      const { MockPusherClient } = pushrig;
      const start = performance.now();
      const client = new MockPusherClient("key", { cluster: "mt1" });
      console.log(client.connection.state);
      client.connection.bind("connected", () => console.log(performance.now() - start >= 19));
    `;
    const { stdout } = printed({ PUSHRIG_DELIVERY: "network", PUSHRIG_LATENCY: "20" }, script);
    expect(stdout).toBe("connecting\ntrue\n");
  });

  it("sets the polling interval", () => {
    const script = `${settled}
      const { setInterval } = globalThis;
      globalThis.setInterval = (callback, delay) => {
        console.log(delay);
        return setInterval(callback, delay);
      };
      client.channel("task-1").unbind().bind("e", () => {});
    `;
    expect(printed({ PUSHRIG_DELIVERY: "polling", PUSHRIG_POLL_INTERVAL: "7" }, script).stdout).toBe("7\n");
  });

  it("sets how long webhooks of departures are held", () => {
    const script = `
      const { onWebhook, pusherMockState, settledWebhooks } = pushrig;
      onWebhook(() => {}, { events: ["channel_vacated"] });
      pusherMockState.subscribe("somebody", "task-1");
      const setTimeout = globalThis.setTimeout;
      globalThis.setTimeout = (callback, delay) => {
        // The other timer is the time that the receiver may take.
        if (delay < 30_000) console.log(delay <= 7);
        return setTimeout(callback, delay);
      };
      pusherMockState.unsubscribe("somebody", "task-1");
      settledWebhooks().then((sent) => console.log(sent.length));
    `;
    expect(printed({ PUSHRIG_WEBHOOK_HOLD: "7" }, script).stdout).toMatch(/^(true\n)+1\n$/);
  });

  it("sets what happens when a callback throws", () => {
    const script = `${settled}
      client.channel("task-1").bind("bad", () => { throw new Error("from the callback"); });
      process.on("uncaughtException", (error) => console.log("uncaught:", error.message));
      pusherMockState.trigger("task-1", "bad", 1);
    `;
    expect(printed({ PUSHRIG_ON_CALLBACK_ERROR: "throw" }, script).stdout).toBe("uncaught: from the callback\n");
    expect(printed({}, script)).toEqual({ stdout: "", stderr: expect.stringContaining("from the callback") });
  });

  it.each([
    ["PUSHRIG_DELIVERY", "fast", /delivery in the environment \(PUSHRIG_\*\) is one of .*, not "fast"/],
    ["PUSHRIG_LATENCY", "soon", /latency in the environment \(PUSHRIG_\*\) is milliseconds .*, not "soon"/],
    ["PUSHRIG_POLL_INTERVAL", "0", /pollInterval in the environment \(PUSHRIG_\*\) is a whole number from 1 .*, not 0/],
  ])("is refused with what is wrong: %s=%s", (name, value, text) => {
    expect(printed({ [name]: value }, "pushrig.pusherMockState.getState();").stderr).toMatch(text);
  });

  it.each(["pushrig", "other,pushrig", "*"])("switches the verbose log on with DEBUG=%s", (debug) => {
    const script = `pushrig.pusherMockState.trigger("task-1", "e", 1);`;
    expect(printed({ DEBUG: debug }, script).stdout).toContain("trigger e on task-1 1 → 0 clients");
    expect(printed({ DEBUG: "others" }, script).stdout).toBe("");
  });
});
