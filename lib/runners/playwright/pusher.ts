/** The fixture `pusher`: the app of the test as a test asks and steers it, and the pages that are to be clients of it. */

import type { BrowserContext, Response } from "@playwright/test";
import { CLAIM } from "../../base/request-app.js";
import { show } from "../../base/shown.js";
import type { Remote } from "../../remote/remote.js";
import type { WorkerApp } from "./app-of-worker.js";
import { redirect } from "./redirect.js";

/** What is handed on as it is: a getter of it may not be taken off its object. */
const ASKED = [
  "advance",
  "channel",
  "during",
  "events",
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
  "webhooks",
  "why",
] as const satisfies ReadonlyArray<keyof Remote>;

export interface Pusher extends Pick<Remote, (typeof ASKED)[number] | "network" | "url"> {
  /** The application's gateway and its default app: what jobs outside of requests trigger. */
  readonly standard: Remote;
  /** The key of the app: what pages connect with, whatever their bundle says. */
  readonly key: string;
  /** For requests that the test itself makes: `request.post("/api/chat", { headers: pusher.headers })`. */
  readonly headers: Record<string, string>;
  /** Makes a further browser context a client of this app. Those of `browser.newContext()` are without it. */
  attach(context: BrowserContext): Promise<void>;
}

const attached = new WeakSet<BrowserContext>();

export class TestPusher {
  readonly key: string;
  readonly standard: Remote;
  readonly url: string;
  readonly network: Remote["network"];
  readonly headers: Record<string, string>;
  /** What stands in the way of what the tests expect. */
  readonly notes: string[] = [];
  readonly #worker: WorkerApp;
  readonly #baseURL: string | undefined;

  constructor(worker: WorkerApp, baseURL: string | undefined) {
    const { remote, standard, key, claim } = worker;
    this.standard = standard;
    this.#worker = worker;
    this.#baseURL = baseURL;
    this.key = key;
    this.url = remote.url;
    this.network = remote.network;
    this.headers = claim === undefined ? {} : { [CLAIM]: claim };
    for (const name of ASKED) {
      Object.defineProperty(this, name, { value: (remote[name] as (...given: unknown[]) => unknown).bind(remote) });
    }
  }

  async attach(context: BrowserContext): Promise<void> {
    if (typeof context?.addInitScript !== "function") {
      throw new TypeError(
        `pushrig: pusher.attach() takes a browser context, such as page.context(), not ${show(context)}`,
      );
    }
    if (attached.has(context)) return;
    attached.add(context);
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

  /** Whether the application has heard of the app. */
  #hear(response: Response, host: string): void {
    const isPage = response.request().resourceType() === "document" && new URL(response.url()).host === host;
    if (!isPage || response.fromServiceWorker() || CLAIM in response.headers()) return;
    this.#note(
      `the application at ${host} does not hear which app a request is about: its gateway is not one that register() of "pushrig/next" ` +
        "has opened in its own process. What its servers trigger and authorize is the default app's. Run with one worker and " +
        "use: { pushrig: { isolate: false } }.",
    );
  }

  #note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}
