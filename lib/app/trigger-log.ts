/** The verbose log: what was triggered, who received it, and why others did not. */

import { native } from "../native/addon.js";
import { log } from "../base/log.js";
import { nearest } from "../base/nearest.js";
import { show } from "../base/shown.js";
import type { ApiAnswer } from "../native/rejection.js";
import type { Seat } from "../delivery/seat.js";
import { liveSeats, threadState } from "../delivery/thread.js";

interface Publication {
  name?: string;
  data?: unknown;
  channel?: string;
  channels?: string[];
  socket_id?: string;
}

/** The app in which it was triggered. */
export interface LoggedApp {
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly appId: number;
  readonly seat: Seat;
}

const SHOWN = 120;

/** Logs an accepted or refused `POST /events` or `/batch_events`; `body` is its JSON. */
export function logTrigger(app: LoggedApp, path: string, body: string, answer: ApiAnswer): void {
  if (path !== "/events" && path !== "/batch_events") {
    if (answer.status >= 400) log(`POST ${path}: refused with ${answer.status}: ${answer.body.trim()}`);
    return;
  }
  for (const { name = "", data, channel, channels, socket_id } of publications(body)) {
    for (const target of Array.isArray(channels) ? channels : [channel ?? ""]) {
      const head = `trigger ${show(name)} on ${show(target)}`;
      if (answer.status >= 400) {
        log(`${head}: refused with ${answer.status}: ${answer.body.trim()}`);
      } else {
        log(`${head} ${shorten(typeof data === "string" ? data : "")}`);
        for (const line of describeReceivers(app, target, name, socket_id)) log(`  ${line}`);
      }
    }
  }
}

/** What was to be published, whatever was sent: also that which the service refuses. */
function publications(body: string): Publication[] {
  const request = JSON.parse(body || "{}") as (Publication & { batch?: unknown }) | null;
  const all = Array.isArray(request?.batch) ? (request.batch as unknown[]) : [request];
  return all.map((publication) => Object(publication) as Publication);
}

function describeReceivers(app: LoggedApp, channel: string, event: string, socketId: string | undefined): string[] {
  const subscribers = native.channelSubscribers(app.number, channel);
  if (subscribers.length === 0) {
    const near = nearest(channel, native.activeChannels(app.number));
    return [
      `nobody is subscribed to it${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}, which has subscribers?`}`,
    ];
  }
  const lines: string[] = [];
  const bound = liveSeats(threadState()).flatMap((seat) => seat.boundCallbacks(app.appId, channel));
  const names = [...new Set(bound.map(([name]) => name))];
  const listeners = new Map(
    app.seat.listenersOf(app.appId, channel).map((listener) => [listener.connection, listener]),
  );
  for (const subscriber of subscribers) {
    const connection = native.connectionNamed(app.number, subscriber);
    const listener = listeners.get(connection);
    if (socketId !== undefined && native.socketId(app.number, connection) === socketId) {
      lines.push(`not to ${subscriber}: excluded by socket_id ${socketId}`);
    } else if (listener === undefined) {
      lines.push(`to ${subscriber}, which is not of this thread`);
    } else if ([...listener.boundCallbacks(channel)].some(([name]) => name === event)) {
      lines.push(`to ${subscriber}`);
    } else {
      lines.push(`to ${subscriber}, which has bound no callback to it on the channel`);
    }
  }
  if (!names.includes(event)) {
    const near = nearest(event, names);
    if (near !== undefined) lines.push(`did you mean ${JSON.stringify(near)}? It is bound on this channel`);
  }
  return lines;
}

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${text.length} characters)`;
}
