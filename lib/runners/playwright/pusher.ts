/** The fixture `pusher`: the app of the test as a test asks and steers it, and the pages that are to be clients of it. */

import type { BrowserContext, Response } from "@playwright/test";
import { CLAIM } from "../../base/request-app.js";
import { show } from "../../base/shown.js";
import type { Who } from "../../journal/question.js";
import { JOURNAL, type Journaled, type Subject, type WaitOptions } from "../../journal/subject.js";
import type { BoundInPages } from "../../journal/unheard.js";
import { checkName } from "../../mock/asked.js";
import type { Happened } from "../../mock/happened.js";
import { Stretch } from "../../mock/stretch.js";
import { checkOptions } from "../../remote/arguments.js";
import type { RemoteChannel } from "../../remote/remote-channel.js";
import { RemoteJournal } from "../../remote/remote-journal.js";
import type { Remote } from "../../remote/remote.js";
import type { SentWebhook } from "../../webhooks/endpoint.js";
import type { WorkerApp } from "./app-of-worker.js";
import { PageBindings } from "./bindings.js";
import { Calls } from "./calls.js";
import { redirect } from "./redirect.js";

/** What is handed on as it is: a getter of it may not be taken off its object. */
const ASKED = [
  "advance",
  "idle",
  "journal",
  "mark",
  "reset",
  "restart",
  "sendAgain",
  "sendToUser",
  "sentWebhook",
  "state",
  "trigger",
  "triggerBatch",
  "webhooks",
  "why",
] as const satisfies ReadonlyArray<keyof Remote>;

export interface Pusher extends Pick<Remote, (typeof ASKED)[number] | "events" | "network" | "url">, Journaled {
  /** The application's gateway and its default app: what jobs outside of requests trigger. */
  readonly standard: Remote;
  /** The key of the app: what pages connect with, whatever their bundle says. */
  readonly key: string;
  /** For requests that the test itself makes: `request.post("/api/chat", { headers: pusher.headers })`. */
  readonly headers: Record<string, string>;
  /** Looks at a channel: waits for who subscribes, and for what is triggered and received; for matchers, too. */
  channel(name: string): RemoteChannel & Journaled;
  /** A page, for matchers: by the id of its user, or its socket id. */
  client(who: string | number): Journaled;
  /** What an act causes, until nothing is under way any more. */
  during<Result>(act: () => Result | Promise<Result>, options?: WaitOptions): Promise<Happened<Result>>;
  /** Makes a further browser context a client of this app. Those of `browser.newContext()` are without it. */
  attach(context: BrowserContext): Promise<void>;
}

/** What is waited for with a channel. */
const WAITERS = ["subscribed", "vacated", "members", "triggered", "received"] as const satisfies ReadonlyArray<
  keyof RemoteChannel
>;

const NETWORK = [
  "drop",
  "dropAll",
  "refuse",
  "delay",
  "failAuthorization",
  "failTrigger",
  "failWebhooks",
  "lose",
  "duplicate",
  "hold",
  "silence",
  "simulate",
  "faults",
  "restore",
] as const satisfies ReadonlyArray<keyof Remote["network"]>;

/** Whose promise has to be awaited: the others do something, whoever waits for that. */
const AWAITED: ReadonlySet<string> = new Set<keyof Remote>(["idle", "sentWebhook"]);

/** By whom last: one that is used again for the next test has forgotten the one before. */
const attached = new WeakMap<BrowserContext, TestPusher>();

export class TestPusher implements Journaled {
  readonly key: string;
  readonly standard: Remote;
  readonly url: string;
  readonly network: Remote["network"];
  readonly headers: Record<string, string>;
  /** What stands in the way of what the tests expect. */
  readonly notes: string[] = [];
  readonly #worker: WorkerApp;
  readonly #baseURL: string | undefined;
  readonly #calls = new Calls();
  /** Whose pages are clients of it. */
  readonly #contexts = new Set<BrowserContext>();
  readonly #bindings = new PageBindings();
  readonly #remote: Remote;
  readonly #app: RemoteJournal;

  constructor(worker: WorkerApp, baseURL: string | undefined) {
    const { key, claim } = worker;
    const remote = worker.remote.until(this.#calls.until);
    this.standard = worker.standard.until(this.#calls.until);
    this.#remote = remote;
    this.#worker = worker;
    this.#baseURL = baseURL;
    this.#app = new RemoteJournal(remote);
    this.key = key;
    this.url = remote.url;
    this.network = this.#placed("pusher.network", remote.network, NETWORK);
    this.headers = claim === undefined ? {} : { [CLAIM]: claim };
    this.#placed("pusher", remote, ASKED);
    for (const name of [...ASKED, "events"] as const) {
      Object.defineProperty(this, name, { value: (remote[name] as (...given: unknown[]) => unknown).bind(remote) });
    }
    this.during = this.#calls.placed("pusher.during()", this.during.bind(this), true);
  }

  /** A test begins, which sees nothing of the one before. */
  async begin(): Promise<void> {
    await this.#remote.network.restore();
    await this.#remote.reset();
    // From here on marks are of this app.
    await this.#app.mark();
  }

  /** Has methods of an object know where the test calls them. */
  #placed<O extends object>(call: string, object: O, names: ReadonlyArray<keyof O & string>, areWaiters = false): O {
    for (const name of names) {
      const method = (object[name] as (...given: unknown[]) => unknown).bind(object);
      const value = this.#calls.placed(`${call}.${name}()`, method, areWaiters || AWAITED.has(name));
      Object.defineProperty(object, name, { value });
    }
    return object;
  }

  /** Its faults are over as well, and those are told that matched nothing. */
  async endFaults(): Promise<void> {
    if (!this.network.hasBegun) return;
    try {
      await this.#remote.network.restore();
      const { entries } = await this.#remote.journal({ kinds: ["fault"] });
      for (const { text = "" } of entries) if (text.includes(" is over and matched nothing; ")) this.#note(text);
    } catch {
      // The gateway has gone, and they with it.
    }
  }

  /** The test is over. Answers the error where nobody has awaited something; `others`: what that is besides. */
  end(others: readonly string[]): Error | undefined {
    return this.#calls.end(others);
  }

  [JOURNAL](): Subject {
    return { app: this.#app };
  }

  channel(name: string): RemoteChannel & Journaled {
    checkName(name, "pusher.channel()", "a channel", "task-1");
    const channel = this.#remote.channel(name);
    this.#placed(`pusher.channel(${show(name)})`, channel, WAITERS, true);
    return Object.assign(channel, { [JOURNAL]: (): Subject => ({ app: this.#app, channel: name }) });
  }

  client(who: string | number): Journaled {
    if ((typeof who !== "string" || who === "") && typeof who !== "number") {
      throw new TypeError(`pushrig: pusher.client() takes the id of a user, or a socket id, not ${show(who)}`);
    }
    return { [JOURNAL]: (): Subject => ({ app: this.#app, client: String(who) as Who }) };
  }

  async during<Result>(act: () => Result | Promise<Result>, options: WaitOptions = {}): Promise<Happened<Result>> {
    if (typeof act !== "function") {
      throw new TypeError(
        `pushrig: pusher.during() takes a function that does something, such as () => page.getByRole("button").click(), not ${show(act)}`,
      );
    }
    checkOptions(options, ["timeout"], "pusher.during()");
    const { seq: from } = await this.#app.mark();
    const result = await act();
    await this.#remote.idle(options);
    await this.#app.refresh({ webhooks: true });
    const { journal, appId } = this.#app;
    const webhooks = this.#app.webhooks() as readonly SentWebhook[];
    return new Stretch({ page: journal.read(), webhooks, appId, from }, result);
  }

  async attach(context: BrowserContext): Promise<void> {
    if (typeof context?.addInitScript !== "function") {
      throw new TypeError(
        `pushrig: pusher.attach() takes a browser context, such as page.context(), not ${show(context)}`,
      );
    }
    this.#contexts.add(context);
    if (attached.get(context) === this) return;
    attached.set(context, this);
    const { claim, key } = this.#worker;
    await context.addInitScript(redirect, { url: this.url, key });
    if (claim === undefined) return;
    if (this.#baseURL === undefined) {
      this.#note(
        "use: { baseURL } is not set, so requests of pages cannot say which app they are about, and the application's servers act on " +
          "the default app. Set it to the application's address.",
      );
      return;
    }
    // A cookie is the one header that goes with every request to the application and with none to others.
    await context.addCookies([{ name: CLAIM, value: claim, url: this.#baseURL, sameSite: "Lax", httpOnly: true }]);
    const { host } = new URL(this.#baseURL);
    context.on("response", (response) => this.#hear(response, host));
  }

  /** Asks the pages that are open what they have bound. */
  readBindings(): Promise<void> {
    return this.#bindings.read(this.#contexts);
  }

  /** What pages had bound when they were asked. */
  get boundInPages(): BoundInPages {
    return this.#bindings.names;
  }

  /** Whether the application has heard of the app. */
  #hear(response: Response, host: string): void {
    const isPage = response.request().resourceType() === "document" && new URL(response.url()).host === host;
    if (!isPage || response.fromServiceWorker() || CLAIM in response.headers()) return;
    this.#note(
      `the application at ${host} does not hear which app a request is about: register() of "pushrig/next" has neither opened ` +
        "this gateway nor attached to it. What its servers trigger and authorize is the default app's. Run with one worker and " +
        "use: { pushrig: { isolate: false } }.",
    );
  }

  #note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}
