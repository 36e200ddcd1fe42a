/** Why there is nobody whom an event could have reached. */

import { nearest } from "../../base/nearest.js";
import { show } from "../../base/shown.js";
import type { Entry, Page } from "../entry.js";
import { calledOf, isMockClient, type Question, type Reason, type Who } from "../question.js";
import { Clients } from "../who.js";
import { type Finding, found } from "./case.js";
import { rejected } from "./event.js";

/** The client that is asked about is none. */
export function unknownClient(page: Page, clients: Clients, who: Who, event: Entry): Finding & { reason: Reason } {
  const refused = rejected(event);
  if (refused !== undefined) return { reason: "rejected", ...refused };
  const text = absence(clients, who);
  if (page.forgotten <= page.start) return { reason: "not-connected", ...found(text) };
  return { reason: "forgotten", ...found(`${text} ${gone(page)}`) };
}

/** The same where there is no such event either; undefined where it is not known. */
export function besidesUnknown(page: Page, { client: who }: Question): string | undefined {
  if (who === undefined || page.forgotten > page.start) return undefined;
  const clients = new Clients(page);
  return clients.find(who).length > 0 ? undefined : absence(clients, who);
}

function absence(clients: Clients, who: Who): string {
  return isMockClient(who)
    ? `${calledOf(who)} has not connected yet.`
    : `There is no client ${clients.insteadOf(who)}.`;
}

/** Nobody is named, and nobody had to do with the event's channel. */
export function nobodySubscribed(page: Page, event: Entry, channels: readonly string[]): Finding & { reason: Reason } {
  const refused = rejected(event);
  if (refused !== undefined) return { reason: "rejected", ...refused };
  const channel = event.channel ?? "";
  const near = nearest(channel, new Set(channels));
  const subscribers = channels.filter((other) => other === near).length;
  const hint =
    near === undefined
      ? ""
      : ` ${show(near)} had ${subscribers === 1 ? "a subscriber" : `${subscribers} subscribers`}: did you mean that?`;
  const text = `Nobody was subscribed to ${show(channel)} when ${show(event.event)} went out (#${event.seq}).${hint}`;
  if (page.forgotten <= page.start) return { reason: "never-subscribed", ...found(text) };
  return {
    reason: "forgotten",
    ...found(`${text} Whether somebody had been before is not known any more. ${gone(page)}`),
  };
}

function gone(page: Page): string {
  return `The journal remembers nothing before #${page.forgotten + 1}. Ask sooner, or reset() between tests.`;
}
