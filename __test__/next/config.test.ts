import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withPushrig } from "../../dist/next.js";

beforeEach(() => vi.stubEnv("USE_MOCKS", "true"));
afterEach(() => vi.unstubAllEnvs());

describe("withPushrig()", () => {
  it("keeps the package out of bundles, besides what the user keeps out", () => {
    expect(withPushrig({ serverExternalPackages: ["sharp"] })).toMatchObject({
      serverExternalPackages: ["sharp", "pushrig"],
    });
  });

  it("names the addon to the tracing of every route", () => {
    const { outputFileTracingIncludes } = withPushrig({
      outputFileTracingIncludes: { "/*": ["fonts/*"], "/api": ["data/*"] },
    }) as { outputFileTracingIncludes: Record<string, string[]> };

    const [fonts, ...addons] = outputFileTracingIncludes["/*"];
    expect(fonts).toBe("fonts/*");
    expect(addons.length).toBeGreaterThan(0);
    expect(addons.every((file) => file.endsWith(".node") && existsSync(file))).toBe(true);
    expect(outputFileTracingIncludes["/api"]).toEqual(["data/*"]);
  });

  it("inlines the mock's credentials and the gateway's address when mocks are used", () => {
    vi.stubEnv("NEXT_PUBLIC_PUSHER_KEY", "a-real-key");

    expect(withPushrig()).toMatchObject({
      env: {
        USE_MOCKS: "true",
        NEXT_PUBLIC_PUSHER_KEY: "mock-pusher-key",
        NEXT_PUBLIC_PUSHER_CLUSTER: "mock-cluster",
        NEXT_PUBLIC_PUSHRIG_URL: "http://127.0.0.1:6001",
      },
    });
  });

  it.each([
    ["PUSHRIG_PORT", { PUSHRIG_PORT: "6100" }, "http://127.0.0.1:6100"],
    ["PUSHRIG_URL", { PUSHRIG_URL: "http://127.0.0.1:6200", PUSHRIG_PORT: "6100" }, "http://127.0.0.1:6200"],
    [
      "NEXT_PUBLIC_PUSHRIG_URL",
      { NEXT_PUBLIC_PUSHRIG_URL: "https://gateway.test", PUSHRIG_URL: "http://127.0.0.1:6200" },
      "https://gateway.test",
    ],
  ])("takes the address from %s", (_name, variables, NEXT_PUBLIC_PUSHRIG_URL) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);

    expect(withPushrig()).toMatchObject({ env: { NEXT_PUBLIC_PUSHRIG_URL } });
  });

  it.each([
    ["false", "false"],
    [undefined, "false"],
    ["1", "1"],
  ])("inlines nothing but USE_MOCKS when that is %j", (value, USE_MOCKS) => {
    vi.stubEnv("USE_MOCKS", value);

    expect(withPushrig()).toMatchObject({ env: { USE_MOCKS } });
    expect(Object.keys((withPushrig() as { env: object }).env)).toEqual(["USE_MOCKS"]);
  });

  it("lets the user's own variables win", () => {
    expect(withPushrig({ env: { NEXT_PUBLIC_PUSHER_KEY: "mine", OTHER: "1" } })).toMatchObject({
      env: { NEXT_PUBLIC_PUSHER_KEY: "mine", OTHER: "1", USE_MOCKS: "true" },
    });
  });

  it("takes the function form, with its phase and context", async () => {
    const config = withPushrig(
      async (phase: string, { defaultConfig }: { defaultConfig: { poweredByHeader: boolean } }) => ({
        ...defaultConfig,
        env: { PHASE: phase },
      }),
    );

    expect(typeof config).toBe("function");
    expect(
      await (config as Function)("phase-development-server", { defaultConfig: { poweredByHeader: true } }),
    ).toMatchObject({
      poweredByHeader: true,
      env: { PHASE: "phase-development-server", USE_MOCKS: "true" },
      serverExternalPackages: ["pushrig"],
    });
  });
});
