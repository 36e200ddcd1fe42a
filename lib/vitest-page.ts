/**
 * pushrig in a page of Vitest's browser mode: every export of the Node entry, by the gateway that the plugin has opened for the test
 * file. What is at once in Node has to be awaited here.
 */

import { show } from "./base/shown.js";
import { awaited } from "./app/waiter.js";
import type { Mark, Match, Question, Why } from "./journal/question.js";
import type { WaitOptions } from "./journal/subject.js";
import type { Happened } from "./mock/happened.js";
import type { SentWebhookOptions } from "./mock/sent-webhook.js";
import type { GatewayClientOptions, Options } from "./options/client.js";
import { optionsFor } from "./options/gateway-client.js";
import { standIns } from "./server/server-only.js";
import { application } from "./tab/application.js";
import { caughtUp } from "./tab/clients.js";
import { askGateway, gatewayUrl } from "./tab/gateway.js";
import { happenedInTab, quiet } from "./tab/happened.js";
import { later } from "./tab/later.js";
import { tabNetwork } from "./tab/network.js";
import { TabProbe, waitThere, whyThere } from "./tab/probe.js";
import { TabState } from "./tab/state.js";
import type { SentWebhook } from "./webhooks/endpoint.js";

export { pointed } from "./tab/clients.js";
export { TabServer as MockPusherServer } from "./tab/server.js";
export { TabState as PusherMockState } from "./tab/state.js";

export const { MockPusher, createMockPusher, configure, listen, onWebhook, writeTrace } = standIns(
  "does not work in a page of Vitest's browser mode, where the broker is in another process. Each test file has an app of its own " +
    "there, which reset() empties; what needs more is tested in Node, in another project of the same configuration.",
);

export const pusherMockState = new TabState();

export function reset(): Promise<void> {
  return pusherMockState.reset();
}

/** Options for a class of pusher-js that the plugin does not know, such as one from a script. */
export function clientOptions(options: GatewayClientOptions = {}): Options {
  return optionsFor(options, gatewayUrl());
}

export function network(): typeof tabNetwork {
  return tabNetwork;
}

export function channel(name: string): TabProbe {
  return new TabProbe(name);
}

export function sentWebhook(name: string, match?: Match, options?: SentWebhookOptions): Promise<SentWebhook> {
  return waitThere(`sentWebhook(${show(name)})`, { for: "webhook", name, match }, options, sentWebhook);
}

export function webhooks(): Promise<SentWebhook[]> {
  return later("webhooks()", async () => (await askGateway<{ webhooks: SentWebhook[] }>("webhooks")).webhooks);
}

export function settledWebhooks(): Promise<SentWebhook[]> {
  return later("settledWebhooks()", async () => {
    await quiet({});
    return (await askGateway<{ webhooks: SentWebhook[] }>("webhooks")).webhooks;
  });
}

export function idle(options: WaitOptions = {}): Promise<void> {
  return awaited("idle()", quiet(options), idle);
}

export function mark(): Promise<Mark> {
  return later("mark()", async () => {
    await caughtUp();
    return application.mark();
  });
}

export function during<Result>(
  act: () => Result | Promise<Result>,
  options: WaitOptions = {},
): Promise<Happened<Result>> {
  return awaited("during()", happenedInTab(act, options), during);
}

export function why(question: Question): Promise<Why> {
  return later("why()", () => whyThere(question));
}
