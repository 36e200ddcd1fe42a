/** What became of an event on its way to a client that was subscribed, and what that client had bound. */

import { decode } from "../../base/decode.js";
import { nearest } from "../../base/nearest.js";
import { show } from "../../base/shown.js";
import type { Entry } from "../entry.js";
import { type ClientHistory, hears } from "../history.js";
import { duration } from "../sentences.js";
import type { KnownClient } from "../who.js";
import { type Case, type Find, at, because, by, found, named, numbered } from "./case.js";

/** The service left the client out: it was the sender. */
export const excluded: Find = (of) => {
  const { event, who } = of;
  if (!isExcluded(of)) return undefined;
  if (event.kind === "client-event") {
    return found(`${who} sent ${named(event)} (#${event.seq}): a client event does not come back to its sender.`);
  }
  return found(
    `${who} counts as the sender of ${named(event)} (#${event.seq}) and was left out: trigger() was given its socket_id${at(event)}.`,
  );
};

/** A fault that the test has asked for took it. */
export const lost: Find = (of) => {
  const { event, who } = of;
  const fault = faultOf(of);
  if (fault === undefined) return undefined;
  return found(`${named(event)} (#${event.seq}) was lost on its way to ${who}: ${fault.text}.`, fault);
};

/** A fault keeps it back until the test lets go of it. */
export const held: Find = (of) => {
  const { event, who } = of;
  const fault = holdOf(of);
  if (fault === undefined) return undefined;
  return found(
    `${named(event)} (#${event.seq}) is on its way to ${who}: network().hold() keeps it back until release().`,
    fault,
  );
};

/** The end of the connection came before the event did. */
export const cutOff: Find = (of) => {
  const { event, client, who, history, standing } = of;
  if (hasArrived(of)) return undefined;
  const { closed } = history.openAt(event.seq, standing.connection ?? "") ?? {};
  // What the service closes gets what was sent before all the same, as long as the client is there.
  if (closed === undefined || (client.door === "process" && closed.taken === undefined)) return undefined;
  return found(
    `${who}'s connection was closed at #${closed.seq}${at(closed)}, before ${named(event)} (#${event.seq}) had arrived${because(closed)}.`,
    closed,
  );
};

/** The client left while the event was under way, and let go of the callbacks that it was for. */
export const leftMeanwhile: Find = ({ event, who, history }) => {
  const [channel, name] = [event.channel ?? "", event.event ?? ""];
  const { entry, isBound } = history.lastChange(event.seq, channel, name) ?? {};
  if (isBound || entry?.by !== "unsubscribe" || entry.seq < event.seq) return undefined;
  if (history.boundAt(event.seq, channel, name) > 0) return undefined;
  return found(
    `${who} left ${show(channel)} at #${entry.seq} by unsubscribe()${at(entry)}, before ${show(name)} (#${event.seq}) had arrived.`,
    entry,
  );
};

export const stillUnderWay: Find = (of, context) => {
  if (hasArrived(of)) return undefined;
  const { event, who, client, clients } = of;
  const waiting = context.waitsFor?.(client, clients);
  const cable = cableOf(of);
  if (cable !== undefined) {
    return found(
      `${named(event)} (#${event.seq}) is on its way to ${who}, whose cable is out: network().silence().`,
      cable,
    );
  }
  const cause =
    waiting ??
    (client.door === "socket"
      ? "It has not been written to that socket yet, whose reader is slow or away."
      : `Wait for it: await channel(${show(event.channel)}).received(${show(event.event)}, undefined, { by: ${by(client)} })`);
  return found(`${named(event)} (#${event.seq}) is on its way to ${who}. ${cause}`);
};

/** What is bound at the other end of a socket only the client knows. */
export const sent: Find = ({ event, client, who }) => {
  if (client.door !== "socket") return undefined;
  return found(`${named(event)} was sent to ${who} (#${event.seq}); what is bound there only that client knows.`);
};

export const callbackThrew: Find = ({ event, who, history }) => {
  const threw = history.threwAt(event.seq);
  if (threw === undefined) return undefined;
  return found(
    `${who} got ${named(event)} (#${event.seq}), and its callback${at(threw)} threw ${threw.text ?? "an error"}.`,
    threw,
  );
};

export const receivedInTime: Find = ({ event, who, history, cached }) => {
  if (history.boundAt(event.seq, event.channel ?? "", event.event ?? "") === 0) return undefined;
  const { data } = event;
  const what = data === undefined ? "" : ` ${show(decode(data))}`;
  const got = `${who} got ${show(event.event)}${what} on ${show(event.channel)}`;
  if (cached === undefined) return found(`${got} (#${event.seq}).`);
  const step = history.steps(event.channel ?? "").find(({ seq }) => seq === event.seq);
  return found(`${got} (#${cached.seq}) from its cache, when it subscribed (#${event.seq}).`, step);
};

// Nothing was bound when the event arrived.

export const unboundBefore: Find = ({ event, who, history }) => {
  const last = history.lastChange(event.seq, event.channel ?? "", event.event ?? "");
  if (last === undefined || last.isBound) return undefined;
  const { entry } = last;
  const when = entry === undefined ? "" : ` at #${entry.seq}${at(entry)}`;
  if (entry?.by === "unsubscribe") {
    return found(
      `${who} let go of its callback of ${named(event)}${when} by unsubscribe(), before #${event.seq} arrived. subscribe() makes a new channel object: bind on that.`,
      entry,
    );
  }
  return found(`${who} had unbound its callback of ${named(event)}${when}, before #${event.seq} arrived.`, entry);
};

/** Nothing that was before the event is known of what the client had bound. */
export const bindingForgotten: Find = ({ event, who, isWhole, page }) => {
  if (isWhole) return undefined;
  return found(
    `${who} was subscribed, and nothing was bound to ${named(event)} when #${event.seq} arrived; whether something had been before is not known any more: the journal remembers nothing before #${page.forgotten + 1}.`,
  );
};

export const boundLater: Find = ({ event, who, history, cached }) => {
  const later = history.changes(event.channel ?? "", event.event ?? "").find(({ isBound }) => isBound)?.entry;
  if (later === undefined) return undefined;
  return found(
    `${who} bound ${show(event.event)} at #${later.seq}${at(later)}, ${duration(later.t - event.t)} after it ${cached === undefined ? "went out" : "came from the cache"} (#${event.seq}): it had arrived by then. Bind before you trigger.`,
    later,
  );
};

/** It was bound on the page before. */
export const bindingReset: Find = ({ event, who, client, page }) => {
  const [channel, name] = [event.channel ?? "", event.event ?? ""];
  // What is bound on the client outlives a reset.
  const isBound = client.before?.bindings.some((bound) => bound.channel !== undefined && hears(bound, channel, name));
  if (!isBound) return undefined;
  return found(
    `${who} had bound ${show(name)} on ${show(channel)} before reset() (#${page.start}), and a channel object from before it keeps no bindings: bind on what subscribe() answers now.`,
  );
};

export const neverBound: Find = ({ event, who, history }) => {
  const [channel, name] = [event.channel ?? "", event.event ?? ""];
  const names = history.boundNames(channel, event.seq);
  const near = nearest(name, names);
  const stale = history.stale.find((entry) => hears(entry, channel, name));
  const hint =
    stale !== undefined
      ? ` It is bound on an old channel object (${numbered(stale)}), which hears nothing any more: bind on what subscribe() answers now.`
      : near !== undefined
        ? ` Did you mean ${show(near)}? That is bound.`
        : names.length > 0
          ? ` Bound are: ${names.slice(0, 5).map(show).join(", ")}${names.length > 5 ? " …" : ""}.`
          : "";
  return found(`${who} is subscribed, but nothing is bound to ${named(event)}.${hint}`, stale);
};

/** Whether the client got the event, its callback may have thrown: what the reasons above say, without a word. */
export function isReceived(of: Case): boolean {
  const { event, client, history, standing } = of;
  if (event.kind === "rejected" || !standing.isSubscribed || !hasArrived(of)) return false;
  if (isExcluded(of) || faultOf(of) !== undefined || holdOf(of) !== undefined) return false;
  return client.door === "socket" || history.boundAt(event.seq, event.channel ?? "", event.event ?? "") > 0;
}

/** Whether the client has ever bound anything for such an event, as far as is known; of a socket only its page knows. */
export function canHear(
  { door }: KnownClient,
  history: ClientHistory,
  { channel, event }: Pick<Entry, "channel" | "event">,
): boolean {
  return door === "socket" || history.changes(channel ?? "", event ?? "").length > 0;
}

function isExcluded({ event, history }: Case): boolean {
  const sender = event.kind === "client-event" ? event.connection : event.except;
  return sender !== undefined && history.openAt(event.seq, sender) !== undefined;
}

/** What took the event; `lose` is what takes events. */
function faultOf(of: Case): Entry | undefined {
  return strikesOf(of).find(({ method = "lose" }) => method === "lose");
}

/** What keeps the event back, and has not let go of it since. */
function holdOf(of: Case): Entry | undefined {
  const last = strikesOf(of).findLast(({ method }) => method === "hold" || method === "release");
  return last?.method === "hold" ? last : undefined;
}

function strikesOf({ event, client, faults }: Case): Entry[] {
  return faults.filter(
    ({ cause, connection }) =>
      cause === event.seq && (connection === undefined || client.connections.includes(connection)),
  );
}

/** What has silenced the connection that was subscribed, and is not over. */
function cableOf({ standing, faults }: Case): Entry | undefined {
  const isAbout = ({ connection, method }: Entry): boolean =>
    connection !== undefined && connection === standing.connection && (method === "silence" || method === "restore");
  const last = faults.findLast(isAbout);
  return last?.method === "silence" ? last : undefined;
}

/** Whether the connection that was subscribed has taken the event. */
function hasArrived({ event, history, standing, page }: Case): boolean {
  const { connection } = standing;
  if (connection === undefined) return true;
  const closed = history.openAt(event.seq, connection)?.closed;
  const taken = closed?.taken ?? page.taken[connection];
  return taken === undefined || event.seq <= taken;
}
