/** pushrig for Node: `index.d.ts` at the root documents what is exported here. */

import type { GatewayClientOptions, Options } from "./options/client.js";
import type * as GatewayClient from "./options/gateway-client.js";
import type { OpenGateway } from "./gateway/open-gateway.js";
import { attachByEnvironment, listenOn, runningOn } from "./gateway/listening.js";
import { DEFAULT_PORT } from "./options/defaults.js";
import type { ListenOptions } from "./options/listen.js";
import type { Network } from "./app/network.js";
import { answerControlRoutes } from "./control/on-demand.js";
import { contractsChecked, rigsMadeBy } from "./app/rig.js";
import { beginFile, defaultRig, isDefaultRigOpen } from "./app/rigs.js";
import { elsewhere, elsewhereThisTurn } from "./app/elsewhere.js";
import type { Rig } from "./app/rig.js";
import { addCopy } from "./events/test-runner.js";
import type { SettingsInput } from "./options/settings.js";
import { PusherMockState } from "./mock/state.js";
import type { SentWebhook } from "./webhooks/endpoint.js";
import type { WebhookEventName, WebhookOptions, WebhookTarget } from "./options/webhook.js";
import type { Mark, Match, Question, Why } from "./journal/question.js";
import type { WaitOptions } from "./journal/subject.js";
import type { Happened } from "./mock/happened.js";
import { markIn } from "./mock/mark.js";
import type { ChannelProbe } from "./mock/probe.js";
import type * as Elsewhere from "./mock/there.js";
import { asking } from "./mock/on-demand.js";
import type { SentWebhookOptions } from "./mock/sent-webhook.js";
import type { TraceFileOptions } from "./mock/write-trace.js";
import type { WebhookSubscription } from "./webhooks/webhooks.js";

export { MockPusherClient } from "./client/client.js";
export { MockPusher, createMockPusher } from "./mock/mock-pusher.js";
export { MockPusherServer } from "./server/server.js";
export { PusherMockState } from "./mock/state.js";

/** The state of the default app. */
export const pusherMockState = new PusherMockState(rigHere);

answerControlRoutes();
attachByEnvironment();

/** The app at the gateway of another process, if that is the default one. */
function there(): InstanceType<typeof Elsewhere.There> | undefined {
  const attached = elsewhere();
  if (attached === undefined) return undefined;
  // Loaded by the first who asks in a process that is attached.
  const { There } = require("./mock/there.js") as typeof Elsewhere;
  return new There(attached);
}

/** The default app as what looks into this process's broker sees it. */
function rigHere(): Rig {
  const attached = elsewhereThisTurn();
  if (attached === undefined) return defaultRig();
  throw new Error(
    `pushrig: the default app is not in this process, which is attached to the gateway of ${attached.whose} (${attached.by}), so it can be ` +
      "asked with await only: channel(name).subscribed(), members(), triggered() and received(), why({ event, channel }), idle(), reset(). " +
      `GET ${attached.url}/pushrig/v1/state tells all that pusherMockState would.`,
  );
}

/** Changes settings of the default app: delivery mode, latency and so on. */
export function configure(settings: SettingsInput): void {
  rigHere().configure(settings);
}

/** Forgets what has happened in the default app; clients live on and reopen on their next use. */
export function reset(): void {
  return there()?.reset() ?? defaultRig().reset();
}

/** The latest entry of the default app when the test began. */
let testBegan = 0;

addCopy(pusherMockState, {
  beginFile,
  isUsed: isDefaultRigOpen,
  reset() {
    defaultRig().reset();
  },
  checked: contractsChecked,
  begin() {
    testBegan = isDefaultRigOpen() ? defaultRig().journal.seq : 0;
  },
  hints(test, isAlone) {
    const own = rigsMadeBy(test).flatMap((rig) => rig.hints());
    return isAlone && isDefaultRigOpen() ? [...defaultRig().hints(testBegan), ...own] : own;
  },
});

/** Opens the default app to the network: real `pusher-js` and SDKs of any language connect to it. */
export function listen(options?: ListenOptions): Promise<OpenGateway> {
  return listenOn(defaultRig(), options);
}

/** Options for `new Pusher(key, …)` of pusher-js that lead to a gateway: the running one of the default app, or port 6001. */
export function clientOptions(options: GatewayClientOptions = {}): Options {
  const { optionsFor } = require("./options/gateway-client.js") as typeof GatewayClient;
  return optionsFor(options, runningOn(defaultRig())?.url ?? elsewhere()?.url ?? `http://127.0.0.1:${DEFAULT_PORT}`);
}

/** Test controls of the default app: drop and refuse connections, make authorization fail. */
export function network(): Network {
  return (there()?.network() as Network | undefined) ?? defaultRig().network;
}

/** Sends webhooks of the default app to a URL or to a handler in this process from now on. */
export function onWebhook(target: WebhookTarget, options?: WebhookOptions): WebhookSubscription {
  return there()?.onWebhook(target, options) ?? defaultRig().webhooks.add(target, options);
}

/** The webhooks of the default app that were sent, in order: the latest 1,000. */
export function webhooks(): SentWebhook[] {
  return (there()?.webhooks() as SentWebhook[] | undefined) ?? defaultRig().webhooks.list();
}

/** Looks at a channel of the default app: waits for who subscribes, and for what is triggered and received. */
export function channel(name: string): ChannelProbe {
  return (there()?.channel(name) as ChannelProbe | undefined) ?? new (asking().Probe)(name, defaultRig);
}

/** Until a webhook of the default app with such an event was sent and answered. */
export function sentWebhook(name: WebhookEventName, match?: Match, options?: SentWebhookOptions): Promise<SentWebhook> {
  const at = there()?.sentWebhook(name, match, options) as Promise<SentWebhook> | undefined;
  return at ?? asking().waitForWebhook(defaultRig(), name, match, options, sentWebhook);
}

/** Resolves once nothing of the default app is under way any more. */
export function idle(options: WaitOptions = {}): Promise<void> {
  return there()?.idle(options) ?? asking().waitForQuiet(defaultRig(), options, idle);
}

/** From here on: for `since`. */
export function mark(): Mark {
  return there()?.mark() ?? markIn(defaultRig());
}

/** What an act causes in the default app, until nothing is under way any more. */
export function during<Result>(
  act: () => Result | Promise<Result>,
  options: WaitOptions = {},
): Promise<Happened<Result>> {
  const at = there()?.during(act, options) as Promise<Happened<Result>> | undefined;
  return at ?? asking().happenedDuring(defaultRig(), act, options, during);
}

/** Whether an event has reached a client of the default app, and if not, why. */
export function why(question: Question): Why {
  return there()?.why(question) ?? asking().whyOf(defaultRig(), question);
}

/** Writes what has happened in the default app since the last reset into a file: a trace. Answers its absolute path. */
export function writeTrace(file: string, options: TraceFileOptions = {}): string {
  return asking().writeTraceOf(rigHere(), file, options);
}

/** As `webhooks()`, once nothing is held back any more and each of the others was sent. */
export function settledWebhooks(): Promise<SentWebhook[]> {
  return (there()?.settledWebhooks() as Promise<SentWebhook[]> | undefined) ?? defaultRig().webhooks.settled();
}
