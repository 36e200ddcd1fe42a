import { describe, expect, it } from "vitest";
import { results, run } from "../support/child";

const base = import.meta.url;

describe("to import the package", () => {
  it("loads none of Node's larger modules, and no more does a mock that stays in its process", async () => {
    const [{ before, required, used }] = await results("modules.cjs", base);
    expect(required).toEqual(before);
    expect(used).toEqual(before);
  });

  it("reads no more than most tests need: the rest comes with its first use", async () => {
    const everyday = ["index.js", "everyday.js"];
    const [{ required, triggered, used, isLoaderRead, all }] = await results("rooms.cjs", base);
    expect(required).toEqual(everyday);
    expect(triggered).toEqual(everyday);
    const needed = [...everyday, "client/makings.js", "app/wire.js"];
    expect(used).toEqual(needed);
    expect(isLoaderRead).toBe(false);
    const rooms = [
      "webhooks/webhooks.js",
      "options/webhook.js",
      "base/exchange.js",
      "gateway/gateway.js",
      "listening.js",
      "server/http.js",
      "mock/asking.js",
      "journal.js",
    ];
    expect(all).toEqual([...needed, ...rooms]);
  });

  it("loads no addon and starts nothing, whichever entry it is and whatever is read of the classes", async () => {
    const [found] = await results("loading.cjs", base, { args: ["import"] });
    expect(found).toEqual({
      classes: [
        ["MockPusherServer", 1],
        ["MockPusherClient", 2],
        ["Mine", 0],
      ],
      source: ["class MockPusherServer ", "class MockPusherClient "],
      statics: [64, []],
      methods: ["function", "function"],
      foreign: [false, false],
      state: true,
      loads: [],
      underWay: 0,
    });
  });

  it("loads the binary that NAPI_RS_NATIVE_LIBRARY_PATH names, and no other", async () => {
    expect(await results("chosen.cjs", base)).toEqual([[true]]);
  });

  it("needs no binary: the first use says what is missing, and so does the next", async () => {
    const { code, stdout, stderr } = await run("missing.cjs", base);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(([name]) => name)).toEqual(["server", "client", "world", "state", "again"]);
    for (const [, code, message] of lines) {
      expect(code).toBe("PUSHRIG_BINARY");
      expect(message).toContain("pushrig: NAPI_RS_NATIVE_LIBRARY_PATH names a binary that does not load");
    }
  });
});

it.each([
  "server",
  "forURL",
  "subclass",
  "client",
  "createMockPusher",
  "configure",
  "reset",
  "network",
  "webhooks",
  "state",
  "listen",
])("the first use loads the addon, once: %s", async (beginning) => {
  expect(await results("loading.cjs", base, { args: [beginning] })).toEqual([0, 1]);
});

it("what the package's classes make are instances of the addon's classes", async () => {
  const [found] = await results("derived.cjs", base);
  expect(found).toEqual({
    server: [true, true, "MockPusherServer"],
    client: [true, true, "Mine", "rung"],
    crossed: [false, false],
    native: "function",
  });
});
