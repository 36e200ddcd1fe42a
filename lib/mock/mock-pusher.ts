/** `createMockPusher()`: an app of its own, with everything that belongs to it. */

import { checkObject } from "../options/checks.js";
import { crypto } from "../base/builtin.js";
import { randomHex } from "../base/random.js";
import { MockPusherClient } from "../client/client.js";
import type { Network } from "../app/network.js";
import { reading } from "../app/on-demand.js";
import type { AppCredentials, LimitOptions } from "../options/app.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import type { OpenGateway } from "../gateway/open-gateway.js";
import { closeAllOf, listenOn } from "../gateway/listening.js";
import type { MockPusherClientOptions } from "../options/client.js";
import type { ListenOptions } from "../options/listen.js";
import { checkNames } from "../base/nearest.js";
import type { Rig } from "../app/rig.js";
import { RIG, createRig } from "../app/rigs.js";
import { MockPusherServer } from "../server/server.js";
import { SETTINGS, type SettingsInput } from "../options/settings.js";
import { show } from "../base/shown.js";
import { TRACED, type TracedApp } from "../events/test-runner.js";
import { PusherMockState } from "./state.js";
import type { Mark, Match, Question, Why } from "../journal/question.js";
import { JOURNAL, type Journaled, type Subject, type WaitOptions } from "../journal/subject.js";
import type { Happened } from "./happened.js";
import { markIn } from "./mark.js";
import type { ChannelProbe } from "./probe.js";
import { asking } from "./on-demand.js";
import type { SentWebhookOptions } from "./sent-webhook.js";
import type { SentWebhook } from "../webhooks/endpoint.js";
import type { WebhookDestination, WebhookEventName, WebhookOptions, WebhookTarget } from "../options/webhook.js";
import type { TraceFileOptions } from "./write-trace.js";
import type { WebhookSubscription } from "../webhooks/webhooks.js";

/** Options of `createMockPusher()`: settings, credentials and the app's dashboard switches. */
export interface MockPusherOptions extends SettingsInput {
  /** Default: a random number, as real app ids are. */
  appId?: string | number;
  /** Default: random. */
  key?: string;
  /** Default: random. */
  secret?: string;
  /** Default `"mock-cluster"`. */
  cluster?: string;
  /** 32 bytes in base64, for `private-encrypted-` channels. Default: random. */
  encryptionMasterKeyBase64?: string;
  limits?: LimitOptions;
  /** Whether the app is in service. Default true; clients of one that is not are refused with 4003. */
  enabled?: boolean;
  /** Whether unencrypted connections are refused, with 4000. Default false. A gateway has others with the option `tls`. */
  forceTLS?: boolean;
  /** Whether clients that neither sign in nor join a private or presence channel in time are cut, with 4009. Default false. */
  authorizedConnections?: boolean;
  /** Whether clients may send client events. Default true. */
  clientEvents?: boolean;
  /** Whether `pusher:subscription_count` is sent. Default false, as on a new app. */
  subscriptionCount?: boolean;
  /** Who is told of what happens in the app: URLs, or handlers in this process. See docs/webhooks.md. */
  webhooks?: WebhookDestination | WebhookDestination[];
}

const OPTIONS = [
  "appId",
  "key",
  "secret",
  "cluster",
  "encryptionMasterKeyBase64",
  "limits",
  "enabled",
  "forceTLS",
  "authorizedConnections",
  "clientEvents",
  "subscriptionCount",
  "webhooks",
  ...SETTINGS,
];

/** Those of the options that are settings. */
function settingsIn(options: MockPusherOptions): SettingsInput {
  return Object.fromEntries(Object.entries(options).filter(([name]) => SETTINGS.includes(name)));
}

/** For the rest of the package: an app that takes any key, as the default one does. */
const ANY_KEY = Symbol.for("pushrig.any-key");

/** An isolated app: two of them never see each other. */
export class MockPusher implements Journaled {
  readonly app: AppCredentials;
  readonly #rig: Rig;
  #server: MockPusherServer | undefined;
  #state: PusherMockState | undefined;

  constructor(options: MockPusherOptions = {}) {
    checkObject(options, 'createMockPusher() takes an object such as { delivery: "network" }');
    checkNames(options, OPTIONS, "createMockPusher()", "option");
    const {
      appId = crypto().randomInt(100_000, 10_000_000),
      key = randomHex(10),
      secret = randomHex(10),
      cluster = MOCK_CREDENTIALS.cluster,
      encryptionMasterKeyBase64,
      limits,
      enabled,
      forceTLS,
      authorizedConnections,
      clientEvents,
      subscriptionCount,
      webhooks,
    } = options;
    const names = Object.keys(options) as Array<keyof MockPusherOptions>;
    const settings = names.some((name) => SETTINGS.includes(name)) ? settingsIn(options) : undefined;
    if (!(typeof appId === "string" && appId !== "") && !Number.isFinite(appId)) {
      throw new TypeError(
        `pushrig: the appId of createMockPusher() is a string that is not empty, or a number, not ${show(appId)}`,
      );
    }
    const app = {
      id: String(appId),
      key,
      secret,
      cluster,
      limits,
      enabled,
      forceTLS,
      authorizedConnections,
      clientEvents,
      subscriptionCount,
      webhooks,
    };
    const randomMasterKey = encryptionMasterKeyBase64 === undefined;
    const acceptsAnyKey = ANY_KEY in options;
    const rig = createRig(app, "createMockPusher()", { settings, randomMasterKey, acceptsAnyKey });
    this.#rig = rig;
    this.app = rig.app;
    if (encryptionMasterKeyBase64 !== undefined) {
      try {
        this.#server = this.#newServer(encryptionMasterKeyBase64);
      } catch (error) {
        rig.close();
        throw error;
      }
    }
  }

  // An app per test costs little because what a test does not use is not made.

  get server(): MockPusherServer {
    if (this.#server === undefined) {
      // None once the app was closed.
      const masterKey = this.#rig.encryptionMasterKey;
      this.#server = this.#newServer(masterKey && Buffer.from(masterKey).toString("base64"));
    }
    return this.#server;
  }

  get state(): PusherMockState {
    const rig = this.#rig;
    this.#state ??= new PusherMockState(() => {
      rig.requireOpen();
      return rig;
    });
    return this.#state;
  }

  /** For the rest of the package. */
  get [RIG](): Rig {
    return this.#rig;
  }

  /** For the rest of the package. */
  get [TRACED](): TracedApp {
    return reading().tracedOf(this.#rig);
  }

  /** Test controls: drop and refuse connections, make authorization fail. */
  get network(): Network {
    return this.#rig.network;
  }

  #newServer(encryptionMasterKeyBase64: string | undefined): MockPusherServer {
    const { app } = this;
    return new MockPusherServer({ ...app, appId: app.id, encryptionMasterKeyBase64, [RIG]: this.#rig } as never);
  }

  /** A connected client of this app. `options` are those of pusher-js; `cluster` is the app's. Throws after `close()`. */
  client(options: Partial<MockPusherClientOptions> = {}): MockPusherClient {
    this.#rig.requireOpen();
    checkObject(options, 'client() takes options of a client such as { user: { id: "ann" } }');
    return new MockPusherClient(this.app.key, { cluster: this.app.cluster, ...options, [RIG]: this.#rig } as never);
  }

  /** Changes settings: delivery mode, latency and so on. */
  configure(settings: SettingsInput): void {
    this.#rig.configure(settings);
  }

  /** Forgets what has happened; clients live on and reopen on their next use. */
  reset(): void {
    this.#rig.reset();
  }

  /** Opens the app to the network: real `pusher-js` and SDKs of any language connect to it. */
  listen(options?: ListenOptions): Promise<OpenGateway> {
    return listenOn(this.#rig, options);
  }

  /**
   * Sends webhooks to a URL or to a handler in this process, which may be a route of the application, from now on. A target that is
   * added again gets the new options. Throws a TypeError when a target or an option is wrong.
   */
  onWebhook(target: WebhookTarget, options?: WebhookOptions): WebhookSubscription {
    this.#rig.requireOpen();
    return this.#rig.webhooks.add(target, options);
  }

  /** The webhooks that were sent, in order: the latest 1,000. */
  webhooks(): SentWebhook[] {
    return this.#rig.webhooks.list();
  }

  /** As `webhooks()`, once nothing is held back any more and each of the others was sent. */
  settledWebhooks(): Promise<SentWebhook[]> {
    return this.#rig.webhooks.settled();
  }

  /** Looks at a channel: waits for who subscribes, and for what is triggered and received. */
  channel(name: string): ChannelProbe {
    this.#rig.requireOpen();
    return new (asking().Probe)(name, () => this.#rig);
  }

  /** Until a webhook with such an event was sent and answered. */
  sentWebhook(name: WebhookEventName, match?: Match, options?: SentWebhookOptions): Promise<SentWebhook> {
    return asking().waitForWebhook(this.#rig, name, match, options, MockPusher.prototype.sentWebhook);
  }

  /** Resolves once nothing of this app is under way any more. */
  idle(options: WaitOptions = {}): Promise<void> {
    return asking().waitForQuiet(this.#rig, options, MockPusher.prototype.idle);
  }

  /** From here on: for `since`. */
  mark(): Mark {
    return markIn(this.#rig);
  }

  /** What an act causes, until nothing is under way any more. */
  during<Result>(act: () => Result | Promise<Result>, options: WaitOptions = {}): Promise<Happened<Result>> {
    return asking().happenedDuring(this.#rig, act, options, MockPusher.prototype.during);
  }

  /** Whether an event has reached a client, and if not, why. */
  why(question: Question): Why {
    return asking().whyOf(this.#rig, question);
  }

  /** Writes what has happened in this app since the last reset into a file: a trace. Answers its absolute path. */
  writeTrace(file: string, options: TraceFileOptions = {}): string {
    return asking().writeTraceOf(this.#rig, file, options);
  }

  [JOURNAL](): Subject {
    return { app: this.#rig.watched() };
  }

  /** Ends the app: its connections and its gateways are closed. Harmless when called twice. */
  close(): void {
    try {
      this.#rig.close();
    } finally {
      closeAllOf(this.#rig);
    }
  }
}

/** Makes an isolated app with a server, clients and a state of its own. */
export function createMockPusher(options?: MockPusherOptions): MockPusher {
  return new MockPusher(options);
}
