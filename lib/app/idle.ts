/** `idle()`: waits until nothing of an app is under way. */

import { advancing } from "../base/fake-time.js";
import { realTimers } from "../base/fakes.js";
import type { UnderWay } from "../base/under-way.js";
import type { JournalSource, WaitOptions } from "../journal/subject.js";
import { shownAt } from "../journal/shown-at.js";
import { Clients } from "../journal/who.js";
import { checkNames } from "../base/nearest.js";
import { checkObject } from "../options/checks.js";
import { underWay } from "./under-way.js";
import { timeoutOf, waitFor } from "./waiter.js";

/** The app that is to be quiet. */
export interface QuietApp {
  readonly number: number;
  readonly appId: number;
  readonly journal: JournalSource;
  readonly owner: object | undefined;
  readonly settings: { readonly latency: { readonly max: number } };
  /** Asks the broker, where another thread may have closed the app. */
  lookIfOpen(): boolean;
  addressOf?(seq: number): string | undefined;
}

/** Turns of the event loop after each of which it looks, before it takes its time. */
const QUICK_LOOKS = 20;
/** Milliseconds between two looks then. */
const LOOK_INTERVAL = 2;

/** The time that options give, checked. */
export function quietTimeout(options: WaitOptions, call: string): number {
  checkObject(options, `${call} takes options in an object such as { timeout: 5_000 }`);
  checkNames(options, ["timeout"], call, "option");
  return timeoutOf(options, call);
}

/**
 * @param entry what the test has called
 * @param call the same as a text says it
 */
export function idle(
  app: QuietApp,
  options: WaitOptions,
  entry: (...args: never[]) => unknown,
  call = "idle()",
): Promise<void> {
  const timeout = quietTimeout(options, call);
  // What has just been called goes on in reactions and on the next turn: quiet is what is quiet twice, and nothing in between.
  let quietAt: number | undefined;
  let left: UnderWay[] = [];
  return waitFor<void>(
    {
      call,
      look() {
        if (!app.lookIfOpen()) return { value: undefined };
        left = underWay(app);
        const { seq } = app.journal;
        if (left.length === 0 && quietAt === seq) return { value: undefined };
        quietAt = left.length === 0 ? seq : undefined;
        return undefined;
      },
      watch: everyTurn,
      late: (time) => shownAt(late(call, time, left, app), app),
    },
    timeout,
    entry,
    app.owner,
  );
}

function everyTurn(again: () => void): () => void {
  let looks = 0;
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    again();
    if (isOver) return;
    looks += 1;
    if (looks < QUICK_LOOKS) realTimers.setImmediate(turn);
    else realTimers.setTimeout(turn, LOOK_INTERVAL);
  };
  realTimers.setImmediate(turn);
  return () => {
    isOver = true;
  };
}

const THINGS: Record<UnderWay["kind"], (one: UnderWay, whose: string) => string> = {
  opening: (_, whose) => `the connection of ${whose}`,
  arrival: ({ count }, whose) => `${many(count, "frame", "frames")} to ${whose} on the simulated network`,
  sending: ({ count }, whose) => `${many(count, "frame", "frames")} of ${whose} on the simulated network`,
  leaving: (_, whose) => `the goodbye of ${whose} on the simulated network`,
  member: ({ count }) =>
    `${many(count, "member who comes or goes", "members who come or go")} on the simulated network`,
  answer: ({ count }) =>
    `${many(count, "answer", "answers")} on the simulated network: of trigger() or of an authorization`,
  delivery: ({ count }, whose) => `${many(count, "event or frame", "events and frames")} that ${whose} gets next`,
  tick: ({ count }, whose) => `${many(count, "event", "events")} that ${whose} gets with its next tick`,
  authorization: ({ about }, whose) =>
    about === undefined ? `the answer to the sign-in of ${whose}` : `the authorization of ${whose} for "${about}"`,
  "webhook-event": ({ count, about }) =>
    `${many(count, "webhook event", "webhook events")} held back${about === undefined ? "" : `: ${about}`}`,
  webhook: ({ count, about }) => `${many(count, "webhook", "webhooks")} without an answer: ${about}`,
  mail: ({ count }) => `mail of ${many(count, "thread or copy of the package", "threads or copies of the package")}`,
  socket: ({ count, about }) =>
    `${many(count, "socket", "sockets")} that ${count === 1 ? "does" : "do"} not read${of(about)}`,
  fanout: ({ count, about }) => `events of ${many(count, "channel", "channels")} on the way to sockets${of(about)}`,
  request: ({ count, about }) => `${many(count, "request", "requests")} at a gateway${of(about)}`,
};

/** What is waited for, one a line. */
export function describeUnderWay(left: readonly UnderWay[], app: Pick<QuietApp, "journal">): string[] {
  const clients = new Clients(app.journal.read({ kinds: ["connected", "signed-in", "subscribed"], data: false }));
  return left.map((one) => {
    const whose = one.name ?? (one.whom === undefined || one.whom === "" ? "a client" : clients.labelOf(one.whom));
    const due = one.remaining === undefined ? "" : `, due in ${milliseconds(one.remaining)}`;
    return `${THINGS[one.kind](one, whose)}${due}`;
  });
}

function late(call: string, time: number, left: readonly UnderWay[], app: QuietApp): string {
  const head = `${call} has waited ${milliseconds(time)}`;
  if (left.length === 0) return `${head}, and something new has happened on every turn until now.`;
  const lines = describeUnderWay(left, app).map((line) => `  ${line}`);
  return [`${head} for:`, ...lines, advice(call, time, left, app.settings.latency.max)].join("\n");
}

/** What helps. */
function advice(call: string, time: number, left: readonly UnderWay[], latency: number): string {
  const timed = left.flatMap(({ remaining }) => remaining ?? []);
  const longest = Math.max(0, ...timed);
  const isPolled = left.some(({ kind }) => kind === "tick");
  // What has arrived is answered, most of the time.
  const isAnswered = left.some(({ kind }) => kind === "opening" || kind === "sending");
  const advance = timed.length > 0 || isPolled ? advancing(longest + (isAnswered ? latency : 0)) : undefined;
  if (advance !== undefined) return `Fake timers are on, and they stand still. While ${call} waits:  ${advance}`;
  if (timed.length > 0) {
    const enough = Math.ceil((time + longest) / 1_000) * 1_000;
    return `Give it more time:  ${call === "idle()" ? `await idle({ timeout: ${written(enough)} })` : `{ timeout: ${written(enough)} }`}`;
  }
  return `What the application itself waits for, ${call} does not know.`;
}

function milliseconds(time: number): string {
  return `${Math.ceil(time).toLocaleString("en")} ms`;
}

function written(time: number): string {
  return String(time).replace(/(?<=\d)(?=(\d{3})+$)/g, "_");
}

function many(count: number, one: string, several: string): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString("en")} ${several}`;
}

function of(about: string | undefined): string {
  return about === undefined || about === "" ? "" : `: ${about}`;
}
