import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createServer, type Plugin } from "vite";
import { describe, expect, it, onTestFinished } from "vitest";
import pushrig from "../../lib/vitest";
import { Dependents } from "../../lib/runners/dependents";
import { EXPECTED, makeProject } from "./project";

/** Resolves imports of `src/app.js` in a project as Vitest would, with `plugins` after the plugin. */
async function resolver(options?: Parameters<typeof makeProject>[0], plugins: Plugin[] = []) {
  const project = makeProject(options);
  const server = await createServer({
    root: project.root,
    configFile: false,
    logLevel: "silent",
    server: { middlewareMode: true, watch: null, ws: false },
    plugins: [pushrig() as unknown as Plugin, ...plugins],
  });
  onTestFinished(async () => {
    await server.close();
    project.remove();
  });
  const { pluginContainer } = server.environments.ssr;
  return async (specifier: string, importer = "src/app.js") => {
    const found = await pluginContainer.resolveId(specifier, project.path(importer));
    // The module that is imported in a shim's place is named as the shim.
    const shim = found?.id.replace(/^.*shims\/modules\/(.*)\.mjs$/, "shims/$1.js").replace(/^.*shims\//, "shims/");
    return shim?.replace(`${project.root}/`, "");
  };
}

describe("the Vite plugin", () => {
  it("takes an import for what it ends at", async () => {
    const resolve = await resolver();
    for (const [specifier, target] of EXPECTED) {
      expect([specifier, await resolve(specifier)]).toEqual([specifier, target]);
    }
  });

  it("leaves the user's own modules alone that another plugin finds under the packages' names", async () => {
    const paths: Plugin = {
      name: "paths of a tsconfig",
      resolveId: (specifier, importer) =>
        specifier === "pusher/updateChannel" ? join(String(importer), "../pusher/updateChannel.js") : null,
    };
    const resolve = await resolver({}, [paths]);
    expect(await resolve("pusher/updateChannel")).toBe("src/pusher/updateChannel.js");
    expect(await resolve("pusher")).toBe("shims/pusher.js");
  });

  it("leaves a module alone that another plugin makes up", async () => {
    const madeUp: Plugin = {
      name: "made up",
      enforce: "pre",
      resolveId: (specifier) => (specifier === "pusher" ? "\0made-up" : null),
    };
    const resolve = await resolver({}, [madeUp]);
    expect(await resolve("pusher")).toBe("\0made-up");
  });

  it("needs no installed package", async () => {
    const resolve = await resolver({ missing: ["pusher", "pusher-js"] });
    expect(await resolve("pusher")).toBe("shims/pusher.js");
    expect(await resolve("pusher-js/with-encryption")).toBe("shims/pusher-js.js");
    expect(await resolve("pusher-js/package.json")).toBeUndefined();
    expect(await resolve("react")).toBeUndefined();
  });

  it("stands in for an optional peer dependency that is not installed", async () => {
    const files = {
      "node_modules/echo/package.json": JSON.stringify({
        name: "echo",
        peerDependencies: { "pusher-js": "*" },
        peerDependenciesMeta: { "pusher-js": { optional: true } },
      }),
    };
    const resolve = await resolver({ missing: ["pusher-js"], files });
    expect(await resolve("pusher-js", "node_modules/echo/index.js")).toBe("shims/pusher-js.js");
  });

  it.each([
    ["index.js", "pushrig"],
    ["shims/pusher.js", "pusher"],
    ["shims/pusher-js.js", "pusher-js"],
  ])("has %s imported as a module that Vite evaluates", async (file, name) => {
    const lib = join(__dirname, "../../lib");
    const found: Plugin = { name: "found", resolveId: (specifier) => (specifier === name ? join(lib, file) : null) };
    const project = makeProject();
    const server = await createServer({
      root: project.root,
      configFile: false,
      logLevel: "silent",
      server: { middlewareMode: true, watch: null, ws: false },
      plugins: [pushrig() as unknown as Plugin, found],
    });
    onTestFinished(async () => {
      await server.close();
      project.remove();
    });
    const resolve = () => server.environments.ssr.pluginContainer.resolveId(name, project.path("src/app.js"));
    expect((await resolve())?.id).toBe(join(lib, "shims/modules", `${name}.mjs`));
  });

  it("imports what is required", async () => {
    const dist = join(__dirname, "../../dist");
    const modules = async (name: string) =>
      (await import(/* @vite-ignore */ join(dist, "shims/modules", `${name}.mjs`))) as { default: unknown };
    const entry = createRequire(__filename)(join(dist, "index.js")) as Record<string, unknown>;
    expect({ ...(await modules("pushrig")) }).toEqual({ ...entry, default: entry });
    // What is on the classes can be imported by name, as Vitest lets tests import from CommonJS modules.
    const own = (made: unknown) => {
      const names = Object.getOwnPropertyNames(made).filter((name) => !/^(length|name|prototype)$/.test(name));
      return Object.fromEntries(names.map((name) => [name, (made as Record<string, unknown>)[name]]));
    };
    const { MockPusherServer, MockPusherClient } = entry;
    expect({ ...(await modules("pusher")) }).toEqual({ ...own(MockPusherServer), default: MockPusherServer });
    expect({ ...(await modules("pusher-js")) }).toEqual({ ...own(MockPusherClient), default: MockPusherClient });
  });

  it("leaves the files of the packages to each other", async () => {
    const resolve = await resolver();
    expect(await resolve("./requests.js", "node_modules/pusher/lib/pusher.js")).toBe(
      "node_modules/pusher/lib/requests.js",
    );
  });

  it("knows the packages that lead to an SDK, whose modules Vite takes instead of Node", () => {
    const manifest = (fields: object) => JSON.stringify({ type: "module", ...fields });
    const project = makeProject({
      files: {
        "node_modules/direct/package.json": manifest({ dependencies: { "pusher-js": "8" } }),
        "node_modules/peer/package.json": manifest({ peerDependencies: { pusher: "*" } }),
        "node_modules/renamed/package.json": manifest({ dependencies: { realtime: "npm:pusher-js@8" } }),
        "node_modules/@org/indirect/package.json": manifest({ dependencies: { between: "*", circle: "*" } }),
        "node_modules/@org/indirect/node_modules/between/package.json": manifest({ dependencies: { peer: "*" } }),
        "node_modules/circle/package.json": manifest({ dependencies: { "@org/circle": "*", "pusher-js-mock": "*" } }),
        "node_modules/@org/circle/package.json": manifest({ dependencies: { circle: "*" } }),
        "node_modules/commonjs/package.json": JSON.stringify({ dependencies: { pusher: "5" } }),
      },
    });
    onTestFinished(() => project.remove());
    const dependents = new Dependents();
    const leads = (file: string) => dependents.test(project.path(`node_modules/${file}`));
    for (const name of ["direct", "peer", "renamed", "@org/indirect", "@org/indirect/node_modules/between"]) {
      expect([name, leads(`${name}/dist/index.js`)]).toEqual([name, true]);
    }
    for (const name of ["circle", "@org/circle", "commonjs", "pusher-js-mock", "not-installed"]) {
      expect([name, leads(`${name}/dist/index.js`)]).toEqual([name, false]);
    }
    expect(leads("commonjs/dist/index.mjs")).toBe(true);
    expect(dependents.test(project.path("src/app.js"))).toBe(false);
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

  it("hands its options to the setup file", () => {
    const first = {
      reset: "test",
      hints: true,
      trace: process.env.CI ? "on-failure" : false,
      dir: resolve(".pushrig"),
    };
    expect(pushrig().config().test.provide.pushrig).toEqual(first);
    const given = {
      reset: false,
      strict: { typo: "error" },
      hints: false,
      trace: "always",
      dir: "/tmp/traces",
    } as const;
    expect(pushrig(given).config().test.provide.pushrig).toEqual(given);
  });

  it("names what it got when reset is none of its choices", () => {
    expect(() => pushrig({ reset: null as any })).toThrow(
      new TypeError('pushrig: reset must be "test", "file" or false, got null'),
    );
  });

  it.each([
    [
      { rset: "file" },
      'pushrig() has no option "rset"; did you mean "reset"? The options are reset, routes, contract, strict, hints, trace, dir',
    ],
    [{ strict: "error" }, 'strict in pushrig() is an object such as { typo: "error" }, not "error"'],
    [{ strict: { leak: true } }, 'strict.leak in pushrig() is one of "ignore", "warn", "error", not true'],
    [{ hints: "no" }, 'hints in pushrig() is true or false, not "no"'],
    [5, 'pushrig() takes options such as { reset: "file" }, not 5'],
    [null, 'pushrig() takes options such as { reset: "file" }, not null'],
  ])("refuses %j as options", (options, message) => {
    expect(() => pushrig(options as any)).toThrow(new TypeError(`pushrig: ${message}`));
  });
});
