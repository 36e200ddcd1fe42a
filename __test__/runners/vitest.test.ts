import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import pushrig from "../../lib/vitest";

describe("the Vite plugin", () => {
  it("resolves both packages to files, and nothing else", () => {
    const { resolveId } = pushrig();
    expect(resolveId("pusher")).toMatch(/shims[/\\]pusher\.js$/);
    expect(resolveId("pusher-js/worker")).toMatch(/shims[/\\]pusher-js\.js$/);
    expect(resolveId("pusher-js/package.json")).toBeUndefined();
    expect(resolveId("react")).toBeUndefined();
  });

  it("leaves its own files to Node, wherever the package is", () => {
    const [setupFile] = pushrig().config().test.setupFiles;
    const [own] = pushrig().config().test.server.deps.external;
    expect(own!.test(setupFile!.replaceAll("\\", "/"))).toBe(true);
    expect(own!.test("/elsewhere/lib/index.js")).toBe(false);
  });

  it("is there by default and by name where Node loads the configuration as an ES module", () => {
    const script = 'import plugin, { pushrig } from "pushrig/vitest"; console.log(plugin === pushrig, plugin().name);';
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(output).toBe("true pushrig\n");
  });

  it("hands its option to the setup file", () => {
    expect(pushrig().config().test.provide.pushrig.reset).toBe("test");
    expect(pushrig({ reset: false }).config().test.provide.pushrig.reset).toBe(false);
  });

  it("names what it got when reset is none of its choices", () => {
    expect(() => pushrig({ reset: null as any })).toThrow(
      new TypeError('pushrig: reset must be "test", "file" or false, got null'),
    );
  });
});
