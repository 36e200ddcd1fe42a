/** `during(act)`: what an act has caused, as a stretch of the journal. */

import { leaveAct } from "../base/react-act.js";
import { show } from "../base/shown.js";
import type { Entry } from "../journal/entry.js";
import type { Journaled, WaitOptions } from "../journal/subject.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import { idle, quietTimeout } from "../app/idle.js";
import type { Rig } from "../app/rig.js";
import { fakeTimersWaitedFor, showMilliseconds } from "../app/fake-timers.js";
import { awaited } from "../app/waiter.js";
import { fakeClock } from "../base/fake-time.js";
import { areTimersFake, realTimers } from "../base/fakes.js";
import { Clients } from "../journal/who.js";
import type { Trigger } from "./message.js";
import { Stretch } from "./stretch.js";

/** What an act has caused. It stays as it is, whatever comes later. */
export interface Happened<Result = unknown> extends Journaled {
  /** What the act returned, or resolved to. */
  readonly result: Result;
  /** The `seq` of the latest entry when it began, and when nothing was under way any more. */
  readonly from: number;
  readonly to: number;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** What was triggered, and what clients sent, in order over all channels. */
  triggers(): Trigger[];
  /** The webhooks that were sent. */
  webhooks(): SentWebhook[];
}

/** @param entry what the test has called */
export function happenedDuring<Result>(
  rig: Rig,
  act: () => Result | Promise<Result>,
  options: WaitOptions,
  entry: (...args: never[]) => unknown,
): Promise<Happened<Result>> {
  return awaited("during()", happened(rig, act, options, entry), entry, rig.owner);
}

async function happened<Result>(
  rig: Rig,
  act: () => Result | Promise<Result>,
  options: WaitOptions,
  entry: (...args: never[]) => unknown,
): Promise<Happened<Result>> {
  rig.requireOpen();
  if (typeof act !== "function") {
    throw new TypeError(
      `pushrig: during() takes a function that does something, such as () => server.trigger("task-1", "new-message", {}), not ${show(act)}`,
    );
  }
  const timeout = quietTimeout(options, "during()");
  const from = rig.journal.seq;
  const comeBack = leaveAct();
  let result: Result;
  try {
    result = await unlessTimeStandsStill(rig, act, timeout);
    if (!rig.isClosed) await idle(rig, options, entry, "during()");
  } finally {
    await comeBack?.();
  }
  if (!rig.lookIfOpen())
    throw new Error("pushrig: during() cannot tell what has happened, since the act has closed the app");
  const { journal, webhooks, appId } = rig;
  const addressOf = (seq: number): string | undefined => rig.addressOf(seq);
  return new Stretch({ page: journal.read(), webhooks: webhooks.list(), appId, from, addressOf }, result);
}

/**
 * What the act answers. How long it takes is its own business, unless fake timers stand still, nothing new happens, and what it waits for
 * may be one of them: then nobody would ever hear of it.
 */
async function unlessTimeStandsStill<Result>(
  rig: Rig,
  act: () => Result | Promise<Result>,
  timeout: number,
): Promise<Result> {
  const acting = act();
  if (typeof (Object(acting) as { then?: unknown }).then !== "function") return acting;
  let timer: NodeJS.Timeout | undefined;
  const standstill = new Promise<never>((_, reject) => {
    const look = (before: Stand | undefined): void => {
      const now = standOf(rig);
      const isSame = before !== undefined && now !== undefined && before.clock === now.clock && before.seq === now.seq;
      if (isSame && now.isWaitedFor) reject(new Error(stoodStill(rig, timeout)));
      else timer = realTimers.setTimeout(look, timeout, now);
    };
    look(undefined);
  });
  try {
    return await Promise.race([acting, standstill]);
  } finally {
    realTimers.clearTimeout(timer);
  }
}

/** Where a faked time stands; undefined where time is real, or the app closed. */
interface Stand {
  /** Undefined where it cannot be seen. */
  clock: number | undefined;
  seq: number;
  isWaitedFor: boolean;
}

function standOf(rig: Rig): Stand | undefined {
  if (!areTimersFake() || !rig.lookIfOpen()) return undefined;
  const clock = fakeClock();
  const isWaitedFor = clock === undefined || clock.due.length > 0;
  return { clock: clock?.now, seq: rig.journal.seq, isWaitedFor };
}

function stoodStill(rig: Rig, timeout: number): string {
  const clients = new Clients(rig.journal.read({ kinds: ["connected", "signed-in", "subscribed"], data: false }));
  const { lines, advance } = fakeTimersWaitedFor(rig.later.waiting(), clients);
  const waited =
    lines.length === 0 ? "." : `, and somebody waits for them:\n${lines.map((line) => `  ${line}`).join("\n")}`;
  return (
    `during() has waited ${showMilliseconds(timeout)} for its act to end. Fake timers are on, they stand still${waited}\n` +
    `Begin it, move time, then await it:  const happening = during(act); ${advance}; await happening`
  );
}
