/** How a test moves the time that it has faked. */

import { areTimersFake } from "./fakes.js";

interface Runners {
  __vitest_worker__?: unknown;
}

/** Set by Jest on the global object of every test file's realm. */
const JEST_REALM = Symbol.for("jest-native-promise");

/** What waits on a faked clock, as libraries of the kind of `@sinonjs/fake-timers` show it: Vitest's and Jest's are. */
export interface FakeClock {
  /** Milliseconds that it stands at. */
  readonly now: number;
  /** In how many milliseconds each timer is due that comes once, the soonest first. */
  readonly due: readonly number[];
}

/** Undefined where time is real, or faked by what does not show its clock. */
export function fakeClock(): FakeClock | undefined {
  const { clock } = globalThis.setTimeout as { clock?: { now?: unknown; timers?: unknown } };
  const { now, timers = {} } = Object(clock) as { now?: unknown; timers?: unknown };
  if (!areTimersFake() || typeof now !== "number") return undefined;
  const all = timers instanceof Map ? [...timers.values()] : Object.values(Object(timers));
  const due = all.flatMap((timer) => {
    const { callAt, interval } = Object(timer) as { callAt?: unknown; interval?: unknown };
    return typeof callAt === "number" && interval === undefined ? [Math.max(0, callAt - now)] : [];
  });
  return { now, due: due.toSorted((one, other) => one - other) };
}

/** The line that lets so many milliseconds of fake time pass; undefined where timers are real. */
export function advancing(milliseconds: number): string | undefined {
  if (!areTimersFake()) return undefined;
  const time = Math.max(0, Math.ceil(milliseconds));
  const written = time >= 1_000 ? String(time).replace(/(?<=\d)(?=(\d{3})+$)/g, "_") : String(time);
  if ((globalThis as Runners).__vitest_worker__ !== undefined) return `await vi.advanceTimersByTimeAsync(${written})`;
  if (JEST_REALM in globalThis) return `await jest.advanceTimersByTimeAsync(${written})`;
  return `mock.timers.tick(${written})`;
}
