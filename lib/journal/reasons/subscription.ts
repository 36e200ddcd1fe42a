/** Why a client was not subscribed when an event went out. */

import { nearest } from "../../base/nearest.js";
import { show } from "../../base/shown.js";
import type { Entry } from "../entry.js";
import { userOf } from "../history.js";
import { duration } from "../sentences.js";
import { type Case, type Find, at, because, by, found, named } from "./case.js";

/** What the first answer was that the client got after the event: to a subscription that it had asked for, before or after it. */
function answerAfter({ event, history }: Case): Entry | undefined {
  const steps = history.steps(event.channel ?? "");
  return steps.find(
    ({ seq, kind }) => seq > event.seq && (kind === "subscribed" || kind === "signed-in" || kind === "refused"),
  );
}

/** The entry with which the client asked for what was answered later, or was not. */
function askedBefore({ event, history }: Case, answer: Entry | undefined): Entry | undefined {
  const steps = history.steps(event.channel ?? "");
  return steps.findLast(({ seq, kind }) => kind === "subscribing" && seq < (answer?.seq ?? Infinity));
}

/** Whether the client went by itself. */
const isLeft = (step: Entry | undefined) => step?.kind === "left" && step.by !== "close";

/** Whether the subscription ended along with its connection. */
const isCut = (step: Entry | undefined) => step?.kind === "closed" || (step?.kind === "left" && step.by === "close");

/** The client had gone by itself, or has not asked again since it lost its connection. */
export const leftBefore: Find = (of) => {
  const { event, who, history, standing } = of;
  const { last } = standing;
  const channel = event.channel ?? "";
  const again = answerAfter(of);
  if (last !== undefined && isCut(last)) {
    const isBack = history.isConnectedAt(event.seq) && again === undefined && askedSince(of, last) === undefined;
    if (!isBack) return undefined;
    return found(
      `${who} lost ${show(channel)} with its connection at #${last.seq}${because(last)}, and has not subscribed again; ${named(event)} went out at #${event.seq}.`,
      last,
    );
  }
  if (last === undefined || !isLeft(last)) return undefined;
  // What was bound went with the channel object.
  const wasBound = history.lastChange(event.seq, channel, event.event ?? "")?.entry?.by === "unsubscribe";
  const still = wasBound
    ? " A callback was bound to it still: unsubscribe() ends the channel for everybody who uses it."
    : "";
  const back = again?.kind === "subscribed" ? ` ${who} was subscribed again at #${again.seq}.` : "";
  return found(
    `${who} left ${show(channel)} at #${last.seq} by unsubscribe()${at(last)}, before ${show(event.event)} went out at #${event.seq}.${still}${back}`,
    last,
    again,
  );
};

function askedSince({ event, history }: Case, step: Entry): Entry | undefined {
  return history.steps(event.channel ?? "").find(({ seq, kind }) => kind === "subscribing" && seq > step.seq);
}

/** The connection was down, and the subscription had gone with it. */
export const lostConnection: Find = (of, context) => (isCut(of.standing.last) ? notConnected(of, context) : undefined);

export const notConnected: Find = ({ event, who, history }) => {
  if (history.isConnectedAt(event.seq)) return undefined;
  const closed = history.connectionAt(event.seq)?.closed;
  const again = history.connections.find(({ opened }) => (opened?.seq ?? 0) > event.seq)?.opened;
  const since =
    closed === undefined ? "" : `: its connection was closed at #${closed.seq}${at(closed)}${because(closed)}`;
  const until = again === undefined ? "" : `; it was connected${closed === undefined ? "" : " again"} at #${again.seq}`;
  return found(
    `${who} was not connected when ${named(event)} went out at #${event.seq}${since}${until}. Pusher keeps no events for those who are away.`,
    closed,
    again,
  );
};

/** Nothing that was before the event is known of client and channel. */
export const subscriptionForgotten: Find = ({ event, who, standing, isWhole, page }) => {
  if (isWhole || standing.last !== undefined) return undefined;
  return found(
    `${who} was not subscribed to ${show(event.channel)} when ${show(event.event)} went out at #${event.seq}; why is not known any more: the journal remembers nothing before #${page.forgotten + 1}. Ask sooner, or reset() between tests.`,
  );
};

export const subscriptionRefused: Find = (of) => {
  const { event, who, standing } = of;
  const answer = standing.last?.kind === "refused" ? standing.last : answerAfter(of);
  if (answer?.kind !== "refused") return undefined;
  const later = answer === standing.last ? answerAfter(of) : undefined;
  const again =
    later?.kind === "subscribed"
      ? ` ${who} was subscribed at #${later.seq}, after ${show(event.event)} (#${event.seq}).`
      : "";
  return found(
    `${show(event.channel)} was refused to ${who} at #${answer.seq}${at(answer)}${because(answer)}.${again}`,
    askedBefore(of, answer),
    answer,
    later,
  );
};

export const subscribedLater: Find = (of) => {
  const { event, who, client } = of;
  const answer = answerAfter(of);
  if (answer === undefined || answer.kind === "refused") return undefined;
  const channel = show(event.channel);
  const isCache = /^((private|presence|private-encrypted)-)?cache-/.test(event.channel ?? "");
  const kept = isCache
    ? "Of what came before, a cache channel gives newcomers the last event."
    : "Pusher keeps no events for later subscribers (cache channels: the last one).";
  const earlier = duration(answer.t - event.t);
  if (answer.kind === "signed-in") {
    return found(
      `${who} was signed in at #${answer.seq}; ${show(event.event)} was sent to the user at #${event.seq}, ${earlier} earlier. Pusher keeps no events for later.\n` +
        `Wait before sending: await client.user.signinDonePromise`,
      answer,
    );
  }
  return found(
    `${who} was subscribed to ${channel} at #${answer.seq}; ${show(event.event)} went out at #${event.seq}, ${earlier} earlier. ` +
      `${kept}\n` +
      `Wait before triggering: await channel(${channel}).subscribed({ by: ${by(client)} })`,
    askedBefore(of, answer),
    answer,
  );
};

export const subscriptionPending: Find = (of) => {
  const { event, who, history, page } = of;
  const asked = askedBefore(of, undefined);
  if (asked === undefined) return undefined;
  const isThere = history.isConnectedAt(event.seq) || history.isConnectedAt(page.last + 1);
  if (!isThere) return undefined;
  const channel = event.channel ?? "";
  const calledOff = history.steps(channel).find(({ seq, kind }) => seq > asked.seq && kind === "left");
  const outcome =
    calledOff === undefined
      ? history.isConnectedAt(page.last + 1)
        ? "has had no answer yet"
        : "lost its connection before there was an answer"
      : `called it off at #${calledOff.seq}`;
  const hint =
    calledOff === undefined && /^(private|presence)-/.test(channel) ? " Does its authorization endpoint answer?" : "";
  return found(
    `${who} asked for ${show(channel)} at #${asked.seq}${at(asked)} and ${outcome}; ${show(event.event)} went out at #${event.seq}.${hint}`,
    asked,
    calledOff,
  );
};

/** It was subscribed on the page before. */
export const subscriptionReset: Find = ({ event, who, client, page }) => {
  const { before } = client;
  if (!before?.channels.includes(event.channel ?? "")) return undefined;
  return found(
    `${who} was subscribed to ${show(event.channel)} before reset() (#${page.start}), which ends subscriptions. Subscribe again.`,
  );
};

export const neverSubscribed: Find = ({ event, who, history }) => {
  const channel = event.channel ?? "";
  const user = userOf(channel);
  if (user !== undefined)
    return found(`${who} was not signed in as ${show(user)}: events to a user reach those who called signin().`);
  const others = history.channels;
  const near = nearest(channel, others);
  const hint =
    near !== undefined
      ? ` ${who} subscribed to ${show(near)}: did you mean that?`
      : others.length > 0
        ? ` ${who} subscribed to ${others.slice(0, 5).map(show).join(", ")}${others.length > 5 ? " …" : ""}.`
        : "";
  const bound = history.changes(channel, event.event ?? "").some((change) => change.channel === channel)
    ? " A callback is bound, but bind() alone subscribes to nothing."
    : "";
  return found(`${who} never subscribed to ${show(channel)}.${hint}${bound}`);
};
