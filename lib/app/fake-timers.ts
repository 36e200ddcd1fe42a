/** Who waits for a timer that a test has faked, and what moves it. */

import { advancing, fakeClock } from "../base/fake-time.js";
import { areTimersFake } from "../base/fakes.js";
import type { WaitingNow } from "../base/timers.js";
import type { Clients, KnownClient } from "../journal/who.js";

const WAITS: Partial<Record<WaitingNow["what"], string>> = {
  opening: "it is connected",
  arrival: "something reaches it",
  sending: "what it has sent arrives",
  answer: "an answer arrives",
  retry: "it reconnects",
  tick: "it polls",
};

/** What to do where somebody waits for a timer that a test has faked. */
export function fakeTimersHint(
  waiting: readonly WaitingNow[],
  clients: Clients,
  concerned: readonly KnownClient[],
): string | undefined {
  if (!areTimersFake()) return undefined;
  const next = waiting.find(({ what, whom }) => {
    if (WAITS[what] === undefined) return false;
    return concerned.length === 0 || concerned.some(({ connections }) => connections.includes(whom)) || whom === "";
  });
  if (next === undefined) return undefined;
  const who = whose(next, clients);
  return (
    `Fake timers are on, and ${who} waits for one: ${WAITS[next.what]} in ${showMilliseconds(next.remaining)}.  ` +
    `${advancing(next.remaining)}`
  );
}

function whose({ name, whom }: WaitingNow, clients: Clients): string {
  return name ?? (whom === "" ? "a client" : clients.labelOf(whom));
}

/** Lines that a text has about timers. */
const MOST_SHOWN = 5;

/** Every fake timer that something waits for, one a line, and what moves time so far. Empty where none is known. */
export function fakeTimersWaitedFor(
  waiting: readonly WaitingNow[],
  clients: Clients,
): { lines: string[]; advance: string } {
  const mine = waiting.filter(({ what }) => WAITS[what] !== undefined);
  const lines = mine.map((one) => ({
    text: `${whose(one, clients)}: ${WAITS[one.what]} in ${showMilliseconds(one.remaining)}`,
    remaining: one.remaining,
  }));
  const others = [...(fakeClock()?.due ?? [])];
  // The clock has the package's own among them.
  for (const { remaining } of waiting) {
    const at = others.findIndex((due) => Math.abs(due - remaining) < 1);
    if (at !== -1) others.splice(at, 1);
  }
  for (const remaining of others)
    lines.push({ text: `the application: a timer is due in ${showMilliseconds(remaining)}`, remaining });
  const shown = lines.sort((one, other) => one.remaining - other.remaining).slice(0, MOST_SHOWN);
  return { lines: shown.map(({ text }) => text), advance: advancing(shown.at(-1)?.remaining ?? 1_000) ?? "" };
}

/** Where something never happens while timers are faked: it may be the application that waits for one. */
export function stoppedTimeHint(): string | undefined {
  if (!areTimersFake()) return undefined;
  return `Fake timers are on: what waits for a timer of the application's own comes when time is moved, as by  ${advancing(1_000)}`;
}

/** Milliseconds as texts show them. */
export function showMilliseconds(time: number): string {
  return `${Math.ceil(time).toLocaleString("en")} ms`;
}
