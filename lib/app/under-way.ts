/** What of an app has not arrived yet, wherever in the process it is. */

import { liveSeats, threadState } from "../delivery/thread.js";
import { native } from "../native/addon.js";
import type { UnderWay } from "../base/under-way.js";

/** What `native.underWay` answers. */
interface AtBroker {
  mailboxes: number;
  channels: Few;
  sockets: Few;
  requests: Few;
  webhooks: Few;
}

interface Few {
  count: number;
  first: string[];
}

/** Everything: in all copies of this thread, between threads, at gateways. */
export function underWay(app: { readonly number: number; readonly appId: number }): UnderWay[] {
  const thread = threadState();
  const found = liveSeats(thread).flatMap((seat) => seat.underWay?.(app.appId) ?? []);
  const { mailboxes, channels, sockets, requests, webhooks } = JSON.parse(native.underWay(app.number)) as AtBroker;
  if (mailboxes > 0) found.push({ kind: "mail", count: mailboxes });
  if (channels.count > 0) found.push({ kind: "fanout", count: channels.count, about: named(channels) });
  if (sockets.count > 0) found.push({ kind: "socket", count: sockets.count, about: named(sockets) });
  if (requests.count > 0) found.push({ kind: "request", count: requests.count, about: named(requests) });
  if (webhooks.count === 0) return found;
  // Who takes them knows when; the broker knows what they are.
  const timed = found.find(({ kind }) => kind === "webhook-event");
  const events: UnderWay = { kind: "webhook-event", count: webhooks.count, about: named(webhooks) };
  return [
    ...found.filter((one) => one !== timed),
    timed?.remaining === undefined ? events : { ...events, remaining: timed.remaining },
  ];
}

function named({ count, first }: Few): string {
  const names = first.filter((name) => name !== "").join(", ");
  return count > first.length ? `${names} and ${count - first.length} more` : names;
}
