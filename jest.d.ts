import "./matchers.js";
import type { StrictInput } from "./dist/options/strict.js";

/**
 * The settings of a Jest configuration that make `pusher` and `pusher-js` the in-process mock, reset after each test.
 * Assertions that fail in callbacks fail their test.
 */
export interface Preset {
  resolver: string;
  setupFilesAfterEnv: string[];
  globals: {
    __PUSHRIG__: {
      reset: "test" | "file" | false;
      strict: StrictInput | undefined;
      hints: boolean;
      trace: "on-failure" | "always" | false;
      dir: string;
      routes: object[];
    };
  };
}

export interface Options {
  /**
   * When the default rig forgets channels, history and subscriptions: after each test (default), after each test file, or
   * never. With `"test"`, a file that uses `test.concurrent` is reset at its end only.
   */
  reset?: "test" | "file" | false;
  /**
   * The application's own authorization routes: the endpoint that clients name, and the file (from the project's root) with its
   * export, as in `{ "/api/pusher/auth": "./src/app/api/pusher/auth/route.ts#POST" }`. The runner imports it when a client asks.
   */
  routes?: Record<string, string>;
  /**
   * The application's contract: a file (from the project's root) that exports Standard Schemas by channel and event. What is triggered,
   * and what clients send, is held to it; what breaks it is published all the same, and fails the test. See docs/contracts.md.
   */
  contract?: string;
  /**
   * What is taken for a mistake in every app that says nothing else: `"warn"` is a line on the console, `"error"` fails the test.
   * All begin as `"ignore"`. See docs/testing.md.
   */
  strict?: StrictInput;
  /** Whether a test that fails prints the events of it that nobody heard and that have a name or a channel one letter away. Default true. */
  hints?: boolean;
  /**
   * Which tests leave a trace: those that fail, all (each entry is written as it happens), or none. Default: `"on-failure"` where the
   * environment says `CI`, else none. See docs/traces.md.
   */
  trace?: "on-failure" | "always" | false;
  /** The folder of traces, from the project's root (in Jest: where it was started). Default `".pushrig"`. */
  dir?: string;
}

/**
 * To spread into a configuration that sets none of these keys itself: `module.exports = { ...preset }`. By name it is
 * `preset: "pushrig"`.
 */
export const preset: Preset;

/**
 * Adds the mock to a configuration, or to a function that makes one. Your own entries stay; a `resolver` of your own, or of your
 * preset, is asked first.
 *
 * ```js
 * // jest.config.js
 * const { withPushrig } = require("pushrig/jest");
 * module.exports = withPushrig({ testEnvironment: "jsdom" });
 * ```
 */
export function withPushrig<Config extends object | ((...args: never[]) => unknown)>(
  config?: Config,
  options?: Options,
): Config extends (...args: infer Args) => infer Made
  ? (...args: Args) => Promise<Awaited<Made> & Preset>
  : Config & Preset;
