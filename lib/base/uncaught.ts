/** What nobody can catch. */

/**
 * Throws `error` outside of every caller, as an exception in a socket's listener does: Node ends the process unless
 * somebody listens to `uncaughtException`.
 */
export function throwUncaught(error: unknown): void {
  later(() => {
    throw error;
  });
}

// Taken when the module loads: fake timers installed by a test must not swallow the exception.
const later = globalThis.queueMicrotask;
