import { createServer, type Plugin } from "vite";
import { describe, expect, it, onTestFinished } from "vitest";
import { withPushrig } from "../../lib/jest";
import { exported, namedRoutes } from "../../lib/runners/routes";
import pushrig from "../../lib/vitest";
import { makeProject } from "./project";

const route = { endpoint: "/api/pusher/auth", file: "./route.ts", name: "POST" };

describe("the option routes", () => {
  it("names an endpoint, a file and its export", () => {
    expect(namedRoutes({ "/api/pusher/auth": "./route.ts#POST" })).toEqual([route]);
    expect(namedRoutes({ "https://app.example/auth": "/srv/c#/route.ts#auth" })).toEqual([
      { endpoint: "https://app.example/auth", file: "/srv/c#/route.ts", name: "auth" },
    ]);
    expect(namedRoutes(undefined)).toEqual([]);
  });

  it.each([
    [
      "POST",
      'routes is an object such as { "/api/pusher/auth": "./src/app/api/pusher/auth/route.ts#POST" }, got "POST"',
    ],
    [[], 'routes is an object such as { "/api/pusher/auth": "./src/app/api/pusher/auth/route.ts#POST" }, got []'],
    [{ auth: "./a#b" }, 'an endpoint in routes is a path such as "/api/pusher/auth", or a URL, got "auth"'],
    [
      { "/auth": "./route.ts" },
      'routes["/auth"] names a file and its export, as in { "/api/pusher/auth": "./src/app/api/pusher/auth/route.ts#POST" }, got "./route.ts"',
    ],
    [
      { "/auth": () => {} },
      'routes["/auth"] names a file and its export, as in { "/api/pusher/auth": "./src/app/api/pusher/auth/route.ts#POST" }, got () => {}',
    ],
  ])("says what is wrong with %j, to both runners", (routes, message) => {
    const error = new TypeError(`pushrig: ${message}`);
    expect(() => pushrig({ routes: routes as any })).toThrow(error);
    expect(() => withPushrig({}, { routes: routes as any })).toThrow(error);
  });

  it("says when there is no such file", async () => {
    const project = makeProject();
    onTestFinished(() => project.remove());
    const plugins = [pushrig({ routes: { "/auth": "./src/route.ts#POST" } }) as unknown as Plugin];
    await expect(createServer({ root: project.root, configFile: false, logLevel: "silent", plugins })).rejects.toThrow(
      `pushrig: routes["/auth"] names ./src/route.ts, and there is no ${project.path("src/route.ts")}`,
    );
  });

  it("says what a file exports that has no such function", () => {
    const post = () => new Response();
    expect(exported(route, { POST: post })).toBe(post);
    expect(() => exported(route, { GET: post, PUT: post, config: {} })).toThrow(
      'pushrig: routes["/api/pusher/auth"] names the export POST of ./route.ts, which is no function there; its functions are GET, PUT',
    );
    expect(() => exported(route, {})).toThrow("its functions are none");
  });
});
