import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
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
    [
      "next dev --experimental-https",
      { __NEXT_EXPERIMENTAL_HTTPS: "1", PUSHRIG_PORT: "6100" },
      "https://localhost:6100",
    ],
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

  it.each(["PUSHRIG_URL", "NEXT_PUBLIC_PUSHRIG_URL"])("refuses a %s that is no gateway's address", (name) => {
    for (const [url, why] of [
      ["localhost:6001", 'must be a gateway\'s address such as "http://127.0.0.1:6001", not "localhost:6001"'],
      ["http://ann:hidden@127.0.0.1:6001", "is a gateway's address alone"],
      ["http://127.0.0.1:6001?app=1", 'without "?app=1" after it'],
      ["https://api-eu.pusher.com", "is Pusher's public service"],
    ] as const) {
      vi.stubEnv(name, url);
      expect(() => withPushrig()).toThrow(why);
      expect(() => withPushrig()).toThrow(`pushrig: ${name} `);
      vi.stubEnv("USE_MOCKS", "false");
      expect(() => withPushrig()).not.toThrow();
      vi.stubEnv("USE_MOCKS", "true");
    }
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

  describe("puts stubs in place", () => {
    interface Made {
      turbopack?: { resolveAlias: object; rules?: object };
      experimental?: { turbo: object; typedRoutes: boolean };
      serverExternalPackages?: string[];
      webpack: (config: object, context: object) => { resolve: { alias: Record<string, string> }; mode?: string };
    }
    const made = (config: object = {}) => withPushrig(config) as unknown as Made;
    const aliases = (config: object, context: { isServer: boolean }, alias?: object) =>
      Object.keys(made(config).webpack({ resolve: { alias } }, context).resolve.alias);

    it("of pusher in the browser, with mocks", () => {
      expect(made().turbopack).toEqual({ resolveAlias: { pusher: { browser: "pushrig/stubs/pusher" } } });
      expect(aliases({}, { isServer: false })).toEqual(["pusher$"]);
      expect(aliases({}, { isServer: true })).toEqual([]);
    });

    it("and of the package everywhere, without mocks", () => {
      vi.stubEnv("USE_MOCKS", "false");
      expect(made()).not.toHaveProperty("serverExternalPackages");
      expect(made()).not.toHaveProperty("outputFileTracingIncludes");
      expect(made().turbopack).toEqual({
        resolveAlias: {
          pushrig: "pushrig/stubs/pushrig",
          "pushrig/next": "pushrig/stubs/next",
          pusher: { browser: "pushrig/stubs/pusher" },
        },
      });
      expect(aliases({}, { isServer: false })).toEqual(["pushrig$", "pushrig/next$", "pusher$"]);
      expect(aliases({}, { isServer: true })).toEqual(["pushrig$", "pushrig/next$"]);
    });

    it("that exist", () => {
      vi.stubEnv("USE_MOCKS", "false");
      const { alias } = made().webpack({ resolve: {} }, { isServer: false }).resolve;
      expect(Object.values(alias).filter((file) => !existsSync(file))).toEqual([]);
    });

    it("but not where the user has put something", () => {
      const own = { turbopack: { rules: {}, resolveAlias: { pusher: "./src/pusher" } } };
      expect(made(own).turbopack).toEqual(own.turbopack);
      const alias = { pusher: "/src/pusher" };
      expect(made().webpack({ resolve: { alias } }, { isServer: false }).resolve.alias).toEqual(alias);
    });

    it("after the user's own webpack()", () => {
      const webpack = (config: object, { isServer }: { isServer: boolean }) => ({ ...config, mode: String(isServer) });
      expect(made({ webpack }).webpack({ resolve: {} }, { isServer: false })).toMatchObject({
        mode: "false",
        resolve: { alias: { pusher$: expect.stringContaining("stubs") } },
      });
    });

    it("and leaves it to Next.js to complain about a webpack() that Turbopack would ignore", () => {
      vi.stubEnv("TURBOPACK", "auto");
      expect(made({ webpack: (config: object) => config }).turbopack).toBeUndefined();
      expect(made({ webpack: (config: object) => config, turbopack: {} }).turbopack).toBeDefined();
      expect(made().turbopack).toBeDefined();
      vi.stubEnv("TURBOPACK", "1");
      expect(made({ webpack: (config: object) => config }).turbopack).toBeDefined();
    });

    it("where Next.js before 15.3 looks for it", () => {
      const application = mkdtempSync(join(tmpdir(), "pushrig-next-"));
      mkdirSync(join(application, "node_modules/next"), { recursive: true });
      const workingFolder = vi.spyOn(process, "cwd").mockReturnValue(application);
      onTestFinished(() => {
        workingFolder.mockRestore();
        rmSync(application, { recursive: true });
      });
      writeFileSync(join(application, "node_modules/next/package.json"), '{ "version": "15.2.4" }');
      const { turbopack, experimental } = made({ experimental: { typedRoutes: true } });
      expect(turbopack).toBeUndefined();
      expect(experimental).toEqual({
        typedRoutes: true,
        turbo: { resolveAlias: { pusher: { browser: "pushrig/stubs/pusher" } } },
      });
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
