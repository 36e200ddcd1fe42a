import "./matchers.js";
import type { StrictInput } from "./dist/options/strict.js";

/**
 * A Vite plugin for Vitest 3 to 5: imports and requires that end at npm `pusher` or `pusher-js` (also `pusher-js/with-encryption`
 * and the like), in your source and in its dependencies, reach the in-process mock. Assertions that fail in callbacks fail
 * their test.
 *
 * ```ts
 * // vitest.config.ts
 * import pushrig from "pushrig/vitest";
 * export default defineConfig({ plugins: [pushrig()] });
 * ```
 */
declare function pushrig(options?: pushrig.Options): pushrig.Plugin;

declare namespace pushrig {
  export interface Options {
    /**
     * When the default rig forgets channels, history and subscriptions: after each test (default), after each test file,
     * or never. With `"test"` it waits until no concurrent test is running.
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
    /** The folder of traces, from the project's root. Default `".pushrig"`. */
    dir?: string;
  }

  /** A Vite plugin; its hooks are Vite's business. */
  export interface Plugin {
    name: string;
    enforce: "pre";
  }

  export { pushrig, pushrig as default };
}

export = pushrig;
