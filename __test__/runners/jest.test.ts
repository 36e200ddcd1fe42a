import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type * as Jest from "../../lib/jest";
import { EXPECTED, makeProject } from "./project";

const load = createRequire(import.meta.url);
// As built: Jest requires the files that a configuration names.
const { preset, withPushrig } = load("../../dist/jest.js") as typeof Jest;

/** Resolves imports of `src/app.js` in a project as Jest does: by the resolver that a configuration names. */
function resolver(config: object, project: ReturnType<typeof makeProject>) {
  const { resolver } = withPushrig(config as object) as { resolver: string };
  const { sync } = load(resolver);
  return (request: string, moduleDirectory = "node_modules") => {
    const found = sync(request, {
      basedir: project.path("src"),
      rootDir: project.root,
      defaultResolver: (path: string, { basedir }: { basedir: string }) => {
        const directories = moduleDirectory === "node_modules" ? [] : [join(basedir, "..", moduleDirectory, path)];
        const from = createRequire(join(basedir, "importer.js"));
        for (const candidate of [path, ...directories]) {
          try {
            return from.resolve(candidate);
          } catch {
            // The next one.
          }
        }
        throw new Error(`Cannot find module '${path}'`);
      },
    });
    return found?.replace(/^.*(?=shims\/)/, "").replace(`${project.root}/`, "");
  };
}

function project(options?: Parameters<typeof makeProject>[0]) {
  const made = makeProject(options);
  const folder = vi.spyOn(process, "cwd").mockReturnValue(made.root);
  onTestFinished(() => {
    folder.mockRestore();
    made.remove();
  });
  return made;
}

describe("withPushrig", () => {
  it("keeps the user's entries, in their order", () => {
    const moduleNameMapper = { "^pusher/(.*)$": "<rootDir>/src/pusher/$1", "^@/(.*)$": "<rootDir>/src/$1" };
    const config = withPushrig({
      testEnvironment: "jsdom",
      moduleNameMapper,
      setupFilesAfterEnv: ["<rootDir>/setup.ts"],
      globals: { theirs: 1 },
    } as object) as any;
    expect(config.testEnvironment).toBe("jsdom");
    expect(Object.entries(config.moduleNameMapper)).toEqual(Object.entries(moduleNameMapper));
    expect(config.setupFilesAfterEnv).toEqual(["<rootDir>/setup.ts", ...preset.setupFilesAfterEnv]);
    expect(config.globals).toEqual({ ...preset.globals, theirs: 1 });
  });

  it("takes a function that makes a configuration, as next/jest returns one", async () => {
    const config = withPushrig(async () => ({ globals: { theirs: 1 } }), { reset: false }) as any;
    expect((await config()).globals).toEqual({
      theirs: 1,
      __PUSHRIG__: { ...preset.globals.__PUSHRIG__, reset: false },
    });
  });

  it("names what it got when reset is none of its choices", () => {
    expect(() => withPushrig({}, { reset: "each" as any })).toThrow(
      new TypeError('pushrig: reset must be "test", "file" or false, got "each"'),
    );
  });

  it.each([
    [
      {},
      { route: {} },
      'the second argument of withPushrig() has no option "route"; did you mean "routes"? The options are reset, routes, contract, strict, hints, trace, dir',
    ],
    [
      {},
      { strict: { tpyo: "warn" } },
      'strict in the second argument of withPushrig() has no field "tpyo"; did you mean "typo"? The fields are unheard, typo, leak, floating',
    ],
    [{}, "file", 'the second argument of withPushrig() takes options such as { reset: "file" }, not "file"'],
    [5, {}, "withPushrig() takes a configuration of Jest, or a function, not 5"],
  ])("refuses the configuration %j with the options %j", (config, options, message) => {
    expect(() => withPushrig(config as any, options as any)).toThrow(new TypeError(`pushrig: ${message}`));
  });
});

describe("the resolver", () => {
  it("takes an import for what it ends at", () => {
    const resolve = resolver({}, project());
    for (const [specifier, target] of EXPECTED) {
      expect([specifier, resolve(specifier)]).toEqual([specifier, target]);
    }
  });

  it("leaves the user's own modules alone that moduleDirectories finds under the packages' names", () => {
    const resolve = resolver({}, project());
    expect(resolve("pusher/updateChannel", "src")).toBe("src/pusher/updateChannel.js");
    expect(resolve("pusher", "src")).toBe("shims/pusher.js");
  });

  it("needs no installed package, and fails as before for others", () => {
    const resolve = resolver({}, project({ missing: ["pusher", "pusher-js"] }));
    expect(resolve("pusher")).toBe("shims/pusher.js");
    expect(resolve("pusher-js/with-encryption")).toBe("shims/pusher-js.js");
    expect(() => resolve("pusher-js/package.json")).toThrow("Cannot find module 'pusher-js/package.json'");
    expect(() => resolve("react")).toThrow("Cannot find module 'react'");
  });

  it.each([
    ["a function", "module.exports = resolve;"],
    ["an object", "module.exports = { sync: resolve };"],
  ])("asks the configuration's own resolver first, %s", (_form, exported) => {
    const own = `const resolve = (request, options) => request === "virtual" ? __filename : options.defaultResolver(request, options);`;
    const resolve = resolver(
      { resolver: "<rootDir>/resolver.js" },
      project({ files: { "resolver.js": `${own}\n${exported}` } }),
    );
    expect(resolve("virtual")).toBe("resolver.js");
    expect(resolve("pusher")).toBe("shims/pusher.js");
  });

  it("asks the resolver that the configuration's preset brings", () => {
    const resolve = resolver(
      { preset: "their-preset" },
      project({
        files: {
          "node_modules/their-preset/jest-preset.js": `module.exports = { resolver: require.resolve("./resolver.js") };`,
          "node_modules/their-preset/resolver.js": `module.exports = (request, options) => request === "virtual" ? __filename : options.defaultResolver(request, options);`,
        },
      }),
    );
    expect(resolve("virtual")).toBe("node_modules/their-preset/resolver.js");
    expect(resolve("pusher")).toBe("shims/pusher.js");
  });

  it("goes through the asynchronous one where Jest asks for that", async () => {
    const { root } = project({
      files: {
        "resolver.js": `exports.sync = () => { throw new Error("not this one") }; exports.async = async (request) => require.resolve(request);`,
      },
    });
    const config = withPushrig({ resolver: "./resolver.js" }) as unknown as { resolver: string };
    const { async } = load(config.resolver);
    const options = { basedir: root, rootDir: root, defaultResolver: (path: string) => join(root, path) };
    expect(await async("pusher", options)).toMatch(/shims\/pusher\.js$/);
    expect(await async("pusher-js-mock", options)).toBe(join(root, "node_modules/pusher-js-mock/index.js"));
    await expect(async("react", options)).rejects.toThrow("Cannot find module 'react'");
  });

  it("says what is missing when the own resolver has no synchronous form", () => {
    const resolve = resolver(
      { resolver: "./resolver.js" },
      project({ files: { "resolver.js": "exports.async = async () => __filename;" } }),
    );
    expect(() => resolve("pusher")).toThrow(
      "pushrig: the resolver of this Jest configuration exports async only. Jest resolves what is required by sync, and so does the mock: export both.",
    );
  });

  it("is the same file each time, because Jest transforms everything anew for another configuration", () => {
    project();
    const config = () => withPushrig({ resolver: "./resolver.js" }) as unknown as { resolver: string };
    expect(config().resolver).toBe(config().resolver);
  });
});
