/** `sentWebhook()`: waits for a webhook. */

import { show } from "../base/shown.js";
import { behindData } from "../journal/behind-data.js";
import { shownAt } from "../journal/shown-at.js";
import { differences, matches, showMatch } from "../journal/match.js";
import type { Mark, Match } from "../journal/question.js";
import { describeUnderWay } from "../app/idle.js";
import { showMilliseconds } from "../app/fake-timers.js";
import type { Rig } from "../app/rig.js";
import { underWay } from "../app/under-way.js";
import { refused, waitFor } from "../app/waiter.js";
import { advancing } from "../base/fake-time.js";
import { type AppEvent, type WebhookEventName, checkWebhookEvent } from "../options/webhook.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import type { WaitOptions } from "../journal/subject.js";
import { asked } from "./asked.js";
import { watchApp } from "./watch.js";

export interface SentWebhookOptions extends WaitOptions {
  /** How often. Default 1. */
  times?: number | undefined;
  /** What came before does not count. */
  since?: Mark | undefined;
}

/** Webhooks that a text shows at most: the latest. */
const MOST_SHOWN = 10;

/** @param entry what the test has called */
export function waitForWebhook(
  rig: Rig,
  name: WebhookEventName,
  match: Match,
  options: SentWebhookOptions | undefined,
  entry: (...args: never[]) => unknown,
): Promise<SentWebhook> {
  const call = `sentWebhook(${show(name)})`;
  try {
    rig.requireOpen();
    checkWebhookEvent(name, "sentWebhook");
    const names = ["times", "since", "timeout"];
    const given = behindData(match, options, { call, names, first: `sentWebhook(${show(name)}` });
    const { times, after, timeout } = asked(given, names, call, rig);
    const isIt = (event: AppEvent): boolean => event.name === name && matches(match, event);
    const sent = (): SentWebhook[] =>
      rig.webhooks.list().filter(({ events, seq }) => seq > after && events.some((event) => isIt(event)));
    return waitFor<SentWebhook>(
      {
        call,
        look() {
          if (rig.isClosed) return { failure: `${call} waits for an app that was closed meanwhile.` };
          // What the receiver does with it has happened once it has answered.
          const answered = sent().filter(({ state }) => state !== "sending");
          return answered.length < times ? undefined : { value: answered[times - 1] };
        },
        watch(again) {
          const unwatch = [watchApp(rig, again), rig.webhooks.watch(again)];
          return () => unwatch.forEach((end) => end());
        },
        late: (time) => shownAt(late({ rig, name, match, times, time, after }, sent().length), rig),
      },
      timeout,
      entry,
      rig.owner,
    );
  } catch (error) {
    return refused(call, error, entry, rig.owner);
  }
}

interface Missed {
  rig: Rig;
  name: WebhookEventName;
  match: Match;
  times: number;
  time: number;
  after: number;
}

function late({ rig, name, match, times, time, after }: Missed, count: number): string {
  const wanted = `${show(name)}${match === undefined ? "" : ` ${showMatch(match)}`}`;
  const often = count === 0 ? "No webhook" : `Only ${count} of ${times} webhooks`;
  const lines = [
    `${often} with ${wanted} ${count < 2 ? "was" : "were"} sent and answered within ${showMilliseconds(time)}.`,
  ];
  if (!rig.webhooks.hasReceivers) {
    lines.push("Nobody gets webhooks: name a receiver with onWebhook(), or with the option webhooks.");
  }
  const events = rig.webhooks
    .list()
    .flatMap(({ seq, events, state }) => (seq > after ? events.map((event) => ({ event, state })) : []));
  if (events.length > 0) {
    lines.push("Sent were:");
    for (const { event, state } of events.slice(-MOST_SHOWN)) {
      const differs = event.name === name ? differences(match, event).join("; ").replaceAll("data.", "") : "";
      lines.push(`  ${show(event)} (${state})${differs === "" ? "" : `  ${differs}`}`);
    }
  }
  const waiting = underWay(rig).filter(({ kind }) => kind === "webhook-event" || kind === "webhook");
  if (waiting.length > 0) lines.push("Under way:", ...describeUnderWay(waiting, rig).map((line) => `  ${line}`));
  const held = waiting.find(({ remaining }) => remaining !== undefined)?.remaining;
  const advance = held === undefined ? undefined : advancing(held);
  if (advance !== undefined) lines.push(`Fake timers are on, and they stand still.  ${advance}`);
  else if (held !== undefined)
    lines.push(`Departures are held back, as with Pusher: configure({ webhookHold: 0 }), or a longer timeout.`);
  return lines.join("\n");
}
