/**
 * Which default app this copy of the package means.
 *
 * One per process, so that every route, worker and hot-reloaded module meets. Under Vitest and
 * Jest one per test worker, so that parallel test files do not.
 */

interface VitestGlobals {
  __vitest_worker__?: { filepath?: string };
}

/** Set by Jest on the global object of every test file's realm. */
const JEST_REALM = Symbol.for("jest-native-promise");

/** The name of the scope; `""` is the process. `PUSHRIG_SCOPE` overrides it. */
export function scopeName(): string {
  const { PUSHRIG_SCOPE, VITEST_WORKER_ID, VITEST_POOL_ID, JEST_WORKER_ID } = process.env;
  if (PUSHRIG_SCOPE !== undefined) return PUSHRIG_SCOPE;
  // The pool's number is unique among the workers that run at one time.
  const vitest = VITEST_POOL_ID ?? VITEST_WORKER_ID;
  if (vitest !== undefined) return `vitest-${vitest}`;
  if (JEST_WORKER_ID !== undefined) return `jest-${JEST_WORKER_ID}`;
  return "";
}

/**
 * The test file that is running, where a runner evaluates this package for several files in turn;
 * undefined outside test runners, and in worker threads that a test starts itself.
 */
export function testFile(): string | undefined {
  return (globalThis as VitestGlobals).__vitest_worker__?.filepath;
}

/** Whether this realm belongs to a test file, which then starts empty. */
export function isTestRealm(): boolean {
  return (globalThis as VitestGlobals).__vitest_worker__ !== undefined || JEST_REALM in globalThis;
}
