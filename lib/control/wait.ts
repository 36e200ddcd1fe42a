/** Waiting by route: the waiters of the process, and what they say. */

import { idle } from "../app/idle.js";
import type { Rig } from "../app/rig.js";
import { untilHungUp, wasLate } from "../app/waiter.js";
import { checkNames, insteadOf } from "../base/nearest.js";
import { Probe } from "../mock/probes.js";
import { waitForWebhook } from "../mock/sent-webhook.js";
import { checkObject } from "../options/checks.js";
import type { WaitRequest } from "../remote/shapes.js";
import { ControlRefusal } from "./refusal.js";
import { webhookNow } from "./sent-webhooks.js";

type Fields = Record<string, unknown>;

/** What is waited for: the fields that there are besides `timeout`, and the waiter. */
const KINDS: Record<
  WaitRequest["for"],
  { fields: readonly string[]; begin: (rig: Rig, of: Fields) => Promise<unknown> }
> = {
  subscribed: {
    fields: ["channel", "by", "count"],
    begin: (rig, { channel, ...options }) => new Probe(channel as string, () => rig).subscribed(options),
  },
  vacated: {
    fields: ["channel"],
    begin: (rig, { channel, ...options }) => new Probe(channel as string, () => rig).vacated(options),
  },
  members: {
    fields: ["channel", "ids"],
    begin: (rig, { channel, ids, ...options }) => {
      const probe = new Probe(channel as string, () => rig);
      if (ids === undefined) return probe.members();
      if (Array.isArray(ids)) return probe.members(ids as string[], options);
      checkObject(undefined, "the field ids of POST wait is a list of ids of users");
      return probe.members();
    },
  },
  triggered: {
    fields: ["channel", "event", "data", "times", "since"],
    begin: (rig, { channel, event, data, ...options }) =>
      new Probe(channel as string, () => rig).triggered(event as string, data, options),
  },
  received: {
    fields: ["channel", "event", "data", "by", "times", "since"],
    begin: (rig, { channel, event, data, ...options }) =>
      new Probe(channel as string, () => rig).received(event as string, data, options),
  },
  webhook: {
    fields: ["name", "match", "times", "since"],
    begin: async (rig, { name, match, ...options }) =>
      webhookNow(await waitForWebhook(rig, name as never, match, options, waitByRoute)),
  },
  idle: { fields: [], begin: (rig, options) => idle(rig, options, waitByRoute) },
};

/** @param signal says that nobody waits any more */
export async function waitByRoute(rig: Rig, body: Fields, signal: AbortSignal): Promise<unknown> {
  rig.requireOpen();
  const { for: what, ...fields } = body;
  const kinds = Object.keys(KINDS);
  if (typeof what !== "string" || !kinds.includes(what)) {
    throw new ControlRefusal(
      "bad-request",
      `pushrig: the field for of POST wait is nothing to wait for: ${insteadOf(what, kinds, "word")}`,
    );
  }
  const kind = KINDS[what as WaitRequest["for"]];
  checkNames(fields, [...kind.fields, "timeout"], `waiting for ${what}`, "field");
  try {
    return (await untilHungUp(signal, () => kind.begin(rig, fields))) ?? null;
  } catch (error) {
    const { message } = error as Error;
    if (wasLate(error)) throw new ControlRefusal("not-met", message);
    if (message.startsWith("pushrig: ")) throw error;
    throw new ControlRefusal("cannot-come-true", message);
  }
}
