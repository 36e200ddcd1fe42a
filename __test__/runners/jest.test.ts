import { describe, expect, it } from "vitest";
import { preset, withPushrig } from "../../lib/jest";

describe("withPushrig", () => {
  it("keeps the user's entries, which win over its own", () => {
    const config = withPushrig({
      testEnvironment: "jsdom",
      moduleNameMapper: { "^@/(.*)$": "<rootDir>/src/$1" },
      setupFilesAfterEnv: ["<rootDir>/setup.ts"],
      globals: { theirs: 1 },
    } as object) as any;
    expect(config.testEnvironment).toBe("jsdom");
    expect(config.moduleNameMapper).toEqual({ ...preset.moduleNameMapper, "^@/(.*)$": "<rootDir>/src/$1" });
    expect(config.setupFilesAfterEnv).toEqual(["<rootDir>/setup.ts", ...preset.setupFilesAfterEnv]);
    expect(config.globals).toEqual({ ...preset.globals, theirs: 1 });
  });

  it("takes a function that makes a configuration, as next/jest returns one", async () => {
    const config = withPushrig(async () => ({ globals: { theirs: 1 } }), { reset: false }) as any;
    expect((await config()).globals).toEqual({ theirs: 1, __PUSHRIG__: { reset: false } });
  });

  it("names what it got when reset is none of its choices", () => {
    expect(() => withPushrig({}, { reset: "each" as any })).toThrow(
      new TypeError('pushrig: reset must be "test", "file" or false, got "each"'),
    );
  });

  it.each([
    ["pusher", "pusher.js"],
    ["pusher/lib/pusher", "pusher.js"],
    ["pusher-js", "pusher-js.js"],
    ["pusher-js/with-encryption", "pusher-js.js"],
    ["pusher-js/dist/web/pusher", "pusher-js.js"],
  ])("maps %s", (specifier, file) => {
    const hits = Object.entries(preset.moduleNameMapper).filter(([pattern]) => new RegExp(pattern).test(specifier));
    expect(hits.map(([, target]) => target.split("/").pop())).toEqual([file]);
  });

  it.each(["pusher/package.json", "pusher-js/package.json", "pusher-js-mock", "pusherize", "./pusher", "@org/pusher"])(
    "leaves %s alone",
    (specifier) => {
      const patterns = Object.keys(preset.moduleNameMapper).map((pattern) => new RegExp(pattern));
      expect(patterns.some((pattern) => pattern.test(specifier))).toBe(false);
    },
  );
});
