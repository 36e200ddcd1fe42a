/** Who waits for a timer that a test has faked, and what moves it. */

import { advancing } from "../base/fake-time.js";
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
  const who = next.whom === "" ? "a client" : clients.labelOf(next.whom);
  return (
    `Fake timers are on, and ${who} waits for one: ${WAITS[next.what]} in ${milliseconds(next.remaining)}.  ` +
    `${advancing(next.remaining)}`
  );
}

/** Where something never happens while timers are faked: it may be the application that waits for one. */
export function stoppedTimeHint(): string | undefined {
  if (!areTimersFake()) return undefined;
  return `Fake timers are on: what waits for a timer of the application's own comes when time is moved, as by  ${advancing(1_000)}`;
}

/** Milliseconds as texts show them. */
export function milliseconds(time: number): string {
  return `${Math.ceil(time).toLocaleString("en")} ms`;
}
