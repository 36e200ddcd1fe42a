// `pushrig/jest`: what a Jest configuration needs so that imports of `pusher` and `pusher-js` reach the mock.
import { join } from "node:path";
import { checkObject } from "./options/checks";
import { writeResolver } from "./runners/jest-resolver";
import { checkIntegration, type IntegrationInput } from "./runners/options";
import { namedRoutes } from "./runners/routes";

interface JestConfig {
  preset?: string | null;
  resolver?: string | null;
  setupFilesAfterEnv?: string[];
  globals?: Record<string, unknown>;
}

function settings(options: IntegrationInput, where: string) {
  const { routes, contract } = options;
  return {
    resolver: join(__dirname, "runners", "jest-resolver.js"),
    setupFilesAfterEnv: [join(__dirname, "jest-setup.js")],
    globals: { __PUSHRIG__: { ...checkIntegration(options, where), routes: namedRoutes(routes), contract } },
  };
}

/** For `module.exports = { ...require("pushrig/jest").preset }`; as a named preset: `preset: "pushrig"`. */
export const preset = settings({}, "the preset");

type ConfigFunction = (...args: never[]) => JestConfig | Promise<JestConfig>;

/** Adds the mock to a configuration, or to a function that makes one (as `next/jest` returns). The user's entries stay. */
export function withPushrig(config: JestConfig | ConfigFunction = {}, options: IntegrationInput = {}) {
  if (typeof config !== "function") checkObject(config, "withPushrig() takes a configuration of Jest, or a function");
  const own = settings(options, "the second argument of withPushrig()");
  const add = (config: JestConfig) => ({
    ...config,
    resolver: resolverFor(config) ?? own.resolver,
    // Last, because Jest runs the `afterEach` hooks of setup files in this order: the user's clean up first.
    setupFilesAfterEnv: [...(config.setupFilesAfterEnv ?? []), ...own.setupFilesAfterEnv],
    globals: { ...own.globals, ...config.globals },
  });
  return typeof config === "function" ? async (...args: never[]) => add(await config(...args)) : add(config);
}

/** A resolver that goes on with the configuration's own, or with that of its preset; undefined when it has none. */
function resolverFor({ resolver, preset }: JestConfig): string | undefined {
  if (resolver != null) return writeResolver({ resolver });
  // Whether a preset brings one is seen when Jest knows where it is.
  return preset != null ? writeResolver({ preset }) : undefined;
}
