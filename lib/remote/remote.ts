/**
 * A gateway as it is asked and steered from elsewhere, by its control routes: from another process, a page, a test of Playwright. Safe
 * in browsers.
 */

import { show } from "../base/shown.js";
import { behindData } from "../journal/behind-data.js";
import type { Entry, Page } from "../journal/entry.js";
import type { Mark, Match, Question, Why } from "../journal/question.js";
import type { WaitOptions } from "../journal/subject.js";
import { millisecondsOf } from "../options/duration.js";
import type { WebhookEventName } from "../options/webhook.js";
import {
  askedToTrigger,
  checkBatch,
  checkOptions,
  checkQuestion,
  checkJournalSelection,
  checkToUser,
  idOfWebhook,
} from "./arguments.js";
import { requireJson, whoText } from "./as-json.js";
import { Exchange, type RemoteOptions } from "./exchange.js";
import { follow } from "./following.js";
import { RemoteChannel, type AskToWait } from "./remote-channel.js";
import { type NetworkRoute, RemoteNetwork } from "./remote-network.js";
import type {
  AdvancedNow,
  AppAdded,
  AppRequest,
  BatchRequest,
  FaultNow,
  Followed,
  Following,
  JournalSelection,
  NetworkAnswer,
  StateNow,
  Triggered,
  TriggerRequest,
  WaitRequest,
  WebhookNow,
} from "./shapes.js";

/** Milliseconds that a waiter waits. */
const PATIENCE = 1_000;

/** How an event is published, besides to whom. */
export type RemoteTriggerOptions = Pick<TriggerRequest, "as" | "socketId" | "only">;

/** What an act has caused at a gateway. */
export interface RemotelyHappened<Result> {
  readonly result: Result;
  readonly from: number;
  readonly to: number;
  /** Oldest first. */
  readonly entries: readonly Entry[];
}

export class Remote {
  /** The gateway's address, without a slash at the end. */
  readonly url: string;
  readonly network: RemoteNetwork;
  readonly #exchange: Exchange;

  /** @throws TypeError for what is no address of a gateway */
  constructor(url: string, options: RemoteOptions = {}) {
    this.#exchange = new Exchange(url, options);
    this.url = this.#exchange.url;
    const route: NetworkRoute = {
      faults: async () => ((await this.#exchange.get("network")) as { faults: FaultNow[] }).faults,
      change: async (request) => (await this.#exchange.post("network", request)) as NetworkAnswer,
    };
    this.network = new RemoteNetwork(route);
  }

  /** The same gateway, another of its apps: by id or key. */
  of(app: string): Remote {
    return new Remote(this.url, { ...this.#exchange.options, app });
  }

  /** The same gateway and app, for as long as somebody is there: what is not answered until the signal stays so. */
  until(signal: AbortSignal): Remote {
    return new Remote(this.url, { ...this.#exchange.options, until: signal });
  }

  // ---- what is, and what was

  async state(): Promise<StateNow> {
    return (await this.#exchange.get("state")) as StateNow;
  }

  /** What the journal knows. With `limit` the oldest of it: `after: entries.at(-1).seq` goes on. */
  async journal(selection: JournalSelection = {}): Promise<Page> {
    checkJournalSelection(selection, ["limit", "data"], this.#call("journal"));
    return (await this.#exchange.get("journal", { ...selection })) as Page;
  }

  /** Everything from now on, or from `after` on, until the loop is left. It resumes where a connection was cut. */
  async *events(following: Following = {}): AsyncGenerator<Followed, void, undefined> {
    checkJournalSelection(following, ["signal", "patience"], this.#call("events"));
    yield* follow(this.#exchange, following);
  }

  /** The webhooks that were sent, in order. */
  async webhooks(): Promise<WebhookNow[]> {
    return ((await this.#exchange.get("webhooks")) as { webhooks: WebhookNow[] }).webhooks;
  }

  /** Whether an event has reached a client, and if not, why. */
  async why(question: Question): Promise<Why> {
    const call = this.#call("why");
    checkQuestion(question, call);
    const { client, data } = question;
    requireJson(data, `data of ${call}`);
    const who = client === undefined ? {} : { client: whoText(client, `client of ${call}`) };
    return (await this.#exchange.post("why", { ...question, ...who })) as Why;
  }

  // ---- waiting: as in the gateway's process, with the same texts

  /** Looks at a channel: waits for who subscribes, and for what is triggered and received. */
  channel(name: string): RemoteChannel {
    return new RemoteChannel(name, this.#wait, this.#exchange.options.called);
  }

  /** Until a webhook with such an event was sent and answered. */
  async sentWebhook(
    name: WebhookEventName,
    match?: Match,
    given?: WaitOptions & { times?: number | undefined; since?: Mark | undefined },
  ): Promise<WebhookNow> {
    const first = `sentWebhook(${show(name)}`;
    const [call, names] = [this.#call("sentWebhook"), ["times", "since", "timeout"]];
    const options: NonNullable<typeof given> = behindData(match, given, { call, names, first });
    checkOptions(options, names, call);
    requireJson(match, `what ${call} compares`);
    const { times, since } = options;
    return (await this.#wait({ for: "webhook", name, match, times, since }, options)) as WebhookNow;
  }

  /** Resolves once nothing of the app is under way any more. */
  async idle(options: WaitOptions = {}): Promise<void> {
    checkOptions(options, ["timeout"], this.#call("idle"));
    await this.#wait({ for: "idle" }, options);
  }

  /** From here on: for `since`. */
  async mark(): Promise<Mark> {
    return ((await this.#exchange.post("mark", {})) as { mark: Mark }).mark;
  }

  /** What an act causes, until nothing is under way any more. */
  async during<Result>(
    act: () => Result | Promise<Result>,
    options: WaitOptions = {},
  ): Promise<RemotelyHappened<Result>> {
    checkOptions(options, ["timeout"], this.#call("during"));
    const { seq: from } = await this.mark();
    const result = await act();
    await this.idle(options);
    const { entries, last } = await this.journal({ after: from });
    return { result, from, to: last, entries };
  }

  /** Not a method: it is handed on. */
  readonly #wait: AskToWait = (request, { timeout }) => this.wait({ ...request, timeout } as WaitRequest);

  /** Waits for what a request says. Answers what the route does. */
  async wait(request: WaitRequest): Promise<unknown> {
    const { timeout = this.#exchange.options.timeout ?? PATIENCE } = request;
    // A number alone: what else somebody gives, the gateway says what is wrong with it.
    const wait = typeof timeout === "number" && Number.isFinite(timeout) ? timeout : 0;
    const answer = await this.#exchange.post("wait", { ...request, timeout }, { wait });
    return (answer as { result: unknown }).result;
  }

  // ---- doing something

  /** Publishes, as a server does, or with `as: { client }` as a client. */
  async trigger(
    channel: string | readonly string[],
    event: string,
    data: unknown,
    options: RemoteTriggerOptions = {},
  ): Promise<Triggered> {
    const request = askedToTrigger(channel, event, options, this.#call("trigger"));
    return (await this.#exchange.post("trigger", { ...request, data })) as Triggered;
  }

  /** Up to ten events together, as a server's `triggerBatch()`: if one is refused, none is published. */
  async triggerBatch(events: BatchRequest["events"]): Promise<Triggered> {
    checkBatch(events, this.#call("triggerBatch"));
    return (await this.#exchange.post("batch", { events })) as Triggered;
  }

  /** To every connection on which the user is signed in. */
  async sendToUser(userId: string, event: string, data: unknown): Promise<Triggered> {
    checkToUser(userId, event, this.#call("sendToUser"));
    return (await this.#exchange.post("trigger", { to: userId, event, data })) as Triggered;
  }

  /** Moves the time of the gateway and of its apps forward, by milliseconds or a text such as `"2m"`. */
  async advance(by: number | string): Promise<AdvancedNow> {
    millisecondsOf(by, this.#call("advance"));
    const did = (await this.#exchange.post("advance", { by })) as AdvancedNow;
    // Not among what is compared.
    return Object.defineProperty(did, "toString", { value: () => did.text });
  }

  /** Forgets what has happened in the app. Answers where the new page begins. */
  async reset(): Promise<number> {
    return ((await this.#exchange.post("reset", {})) as { start: number }).start;
  }

  /** Sends a webhook once more: the same body, a further attempt. Resolves with it once it was answered. */
  async sendAgain(webhook: number | { id: number }): Promise<WebhookNow> {
    const id = idOfWebhook(webhook, this.#call("sendAgain"));
    return ((await this.#exchange.post(`webhooks/${id}/send`, {})) as { webhook: WebhookNow }).webhook;
  }

  /** The gateway listens anew on its port; clients come back after a second. Resolves once it does. */
  async restart(): Promise<void> {
    const { startedAt } = (await this.#exchange.post("restart", {})) as { startedAt: number };
    await this.#exchange.untilBack(startedAt);
  }

  /** A further app at this gateway: one for a test or a worker of its own. */
  async addApp(options: AppRequest = {}): Promise<AppAdded> {
    return (await this.#exchange.post("apps", options)) as AppAdded;
  }

  /** Ends an app that was added. */
  async closeApp(id: string): Promise<void> {
    await this.#exchange.post(`apps/${encodeURIComponent(id)}/close`, {});
  }

  /** A method as texts say it. */
  #call(method: string): string {
    const { called } = this.#exchange.options;
    return `${called === undefined ? "" : `${called}.`}${method}()`;
  }
}
