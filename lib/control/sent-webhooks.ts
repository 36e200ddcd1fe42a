/** The webhooks that were sent, and sending one once more. */

import type { Rig } from "../app/rig.js";
import { show } from "../base/shown.js";
import type { WebhookNow } from "../remote/shapes.js";
import { receiverAddress } from "../options/webhook.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import { ControlRefusal } from "./refusal.js";

/** By webhook: its number. */
const numbers = new WeakMap<SentWebhook, number>();
let latest = 0;

/** Headers that Pusher sets: of others nobody knows whether they are secrets. */
const TOLD = new Set(["content-type", "x-pusher-key", "x-pusher-signature"]);

export function webhookNow(webhook: SentWebhook): WebhookNow {
  let id = numbers.get(webhook);
  if (id === undefined) numbers.set(webhook, (id = latest += 1));
  const { to, timeMs, events, seq, body, headers, state, attempts, status, error } = webhook;
  return {
    id,
    to: receiverAddress(to),
    timeMs,
    events: [...events],
    seq,
    body,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => TOLD.has(name))),
    state,
    attempts,
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error: String(error) }),
  };
}

export function webhooksOf(rig: Rig): WebhookNow[] {
  rig.requireOpen();
  return rig.webhooks.list().map(webhookNow);
}

export async function sendAgain(rig: Rig, id: string): Promise<WebhookNow> {
  const all = webhooksOf(rig);
  const webhook = rig.webhooks.list().find((one) => String(numbers.get(one)) === id);
  if (webhook === undefined) {
    const ids = all.slice(-5).map((one) => one.id);
    const known = ids.length === 0 ? "none was sent" : `the latest are ${ids.join(", ")}`;
    throw new ControlRefusal("unknown-webhook", `pushrig: there is no webhook ${show(id)}; ${known}`);
  }
  switch (await rig.webhooks.sendAgain(webhook)) {
    case "sending":
      throw new ControlRefusal("conflict", `pushrig: webhook ${id} is being sent; wait until it was answered`);
    case "unwanted":
      throw new ControlRefusal("conflict", `pushrig: webhook ${id} has no receiver any more: that was removed`);
    case "sent":
      return webhookNow(webhook);
  }
}
