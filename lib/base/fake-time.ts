/** How a test moves the time that it has faked. */

import { areTimersFake } from "./fakes.js";

interface Runners {
  __vitest_worker__?: unknown;
}

/** Set by Jest on the global object of every test file's realm. */
const JEST_REALM = Symbol.for("jest-native-promise");

/** The line that lets so many milliseconds of fake time pass; undefined where timers are real. */
export function advancing(milliseconds: number): string | undefined {
  if (!areTimersFake()) return undefined;
  const time = Math.max(0, Math.ceil(milliseconds));
  const written = time >= 1_000 ? String(time).replace(/(?<=\d)(?=(\d{3})+$)/g, "_") : String(time);
  if ((globalThis as Runners).__vitest_worker__ !== undefined) return `await vi.advanceTimersByTimeAsync(${written})`;
  if (JEST_REALM in globalThis) return `await jest.advanceTimersByTimeAsync(${written})`;
  return `mock.timers.tick(${written})`;
}
