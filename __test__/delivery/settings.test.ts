import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { configure, createMockPusher } from "pushrig";
import { afterEach, describe, expect, it, vi } from "vitest";

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
    [{ historyLimit: 1.5 }, /historyLimit in configure\(\) is a whole number from 0/],
    [{ onCallbackError: "ignore" }, /one of "report", "throw", not "ignore"/],
    [{ mode: "polling" }, /has no setting "mode"; the settings are delivery, latency/],
  ])("refuses %j with what is wrong and what is right", (settings, text) => {
    expect(() => configure(settings)).toThrow(text);
  });

  it("keeps as many messages as historyLimit says", () => {
    const world = createMockPusher({ historyLimit: 3 });
    for (let n = 1; n <= 5; n++) world.state.trigger("task-1", "e", n);
    expect(world.state.getChannelMessages("task-1").map(({ data }) => data)).toEqual([3, 4, 5]);
    world.close();
  });
});

describe("the environment", () => {
  it("sets the default rig's settings when it is first used", () => {
    const script = `
      const { pusherMockState } = require(${JSON.stringify(PACKAGE)});
      for (let n = 0; n < 5; n++) pusherMockState.trigger("task-1", "e", n);
      console.log(pusherMockState.getChannelMessages("task-1").length);
    `;
    const env = { ...process.env, PUSHRIG_HISTORY_LIMIT: "2" };
    const { stdout } = spawnSync(process.execPath, ["-e", script], { env, encoding: "utf8" });
    expect(stdout).toBe("2\n");
  });
});

describe("the verbose log", () => {
  it("shows a trigger, who received it, who did not and why", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const world = createMockPusher({ debug: true });
    const [one, two, three] = [world.client(), world.client(), world.client()];
    one.subscribe("task-1").bind("new-message", () => {});
    two.subscribe("task-1");
    three.subscribe("task-1");
    await world.server.trigger("task-1", "new-message", { a: 1 }, { socket_id: three.connection.socket_id });
    const text = log.mock.calls.flat().join("\n");
    expect(text).toContain('trigger "new-message" on "task-1" {"a":1}');
    expect(text).toMatch(new RegExp(`to ${one.connectionId}$`, "m"));
    expect(text).toMatch(new RegExp(`${two.connectionId}.* bound no callback`));
    expect(text).toMatch(new RegExp(`not to ${three.connectionId}: excluded by socket_id`));
    world.close();
  });

  it("asks whether a channel or an event one edit away was meant", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const world = createMockPusher({ debug: true });
    world
      .client()
      .subscribe("task-1")
      .bind("new-message", () => {});
    world.state.trigger("tsak-1", "new-message", 1);
    world.state.trigger("task-1", "new-mesage", 1);
    const text = log.mock.calls.flat().join("\n");
    expect(text).toContain('did you mean "task-1"');
    expect(text).toContain('did you mean "new-message"');
    world.close();
  });
});
