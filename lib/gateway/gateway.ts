/** `listen()`: the broker on the network, for browsers and for SDKs of any language. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GatewayHandle } from "../../binding.js";
import { crypto } from "../base/builtin.js";
import { locate } from "../base/locator.js";
import { type Project, projectOf } from "../base/project.js";
import { realTimers } from "../base/fakes.js";
import { nearest } from "../base/nearest.js";
import { native } from "../native/addon.js";
import { admissionFromEnvironment, checkOrigins } from "../options/admission.js";
import { MAX_DELAY } from "../options/checks.js";
import type { AppOptions } from "../options/app.js";
import { millisecondsOf } from "../options/duration.js";
import { DEFAULT_PORT } from "../options/defaults.js";
import { type Activity, LISTEN_DEFAULTS, type ListenOptions, checkListenOptions } from "../options/listen.js";
import { show } from "../base/shown.js";
import { takeListenError } from "../native/rejection.js";
import { nameLines } from "../app/journal.js";
import type { Rig } from "../app/rig.js";
import { createRig } from "../app/rigs.js";
import { isTestRealm } from "../app/scope.js";
import { type SharedGateway, threadState } from "../delivery/thread.js";
import { isUnderTest } from "../events/test-runner.js";
import { Activities } from "./activities.js";
import { AttachedProcesses } from "./attached-processes.js";
import { type Advanced, advance } from "./advance.js";
import { Control, type ControlMaker } from "./control.js";
import type { OpenGateway } from "./open-gateway.js";
import { readCertificate, TlsFront } from "./tls-front.js";
import type { WebhookSubscription } from "../webhooks/webhooks.js";

// Fake timers that a test installs must have no say in whether the process lives.
const { clearInterval, setInterval } = realTimers;

/** Channels that a name is compared with at most: what nobody hears may be published many times a second. */
const MAX_COMPARED = 1000;

/** What a gateway is made with besides its options. */
export interface GatewayMeans {
  /** Takes the encryption off connections by TLS. */
  front?: TlsFront | undefined;
  makeControl?: ControlMaker | undefined;
  /** What the app was made with that it is opened for. */
  first?: Partial<AppOptions> | undefined;
}

/** A listening gateway. It keeps the process alive until it is closed, unless `unref()` was called. */
export class Gateway implements SharedGateway, OpenGateway {
  readonly #rig: Rig;
  readonly #options: ListenOptions;
  readonly #apps: Rig[] = [];
  readonly #first: Partial<AppOptions> | undefined;
  readonly #origins: string[];
  readonly #token: string;
  readonly #project: Project = projectOf();
  /** The processes that use it from outside. @internal */
  readonly attached = new AttachedProcesses();
  /** Takes back what others find it by. */
  #hide: (() => void) | undefined;
  #isFound = true;
  #webhooks: WebhookSubscription[] = [];
  readonly #activities: Activities;
  readonly #control: Control;
  /** Until it is closed. It holds `#start`'s callback, and through that this object: what listens is never collected. */
  #handle: GatewayHandle | undefined;
  #port: number;
  /** Keeps the process alive. */
  readonly #alive = setInterval(() => {}, MAX_DELAY);
  #startedAt = 0;
  #restarting: Promise<void> | undefined;
  /** One after the other. */
  #advancing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** A key that the app does not know is mentioned once. */
  #warned = false;
  #saidIgnored = false;

  /** Takes the encryption off connections by TLS. */
  readonly #front: TlsFront | undefined;

  /** @internal */
  constructor(rig: Rig, options: ListenOptions, { front, makeControl, first }: GatewayMeans = {}) {
    this.#rig = rig;
    this.#first = first;
    this.#control = new Control(this, makeControl, () => this.#handle);
    this.#options = options;
    this.#front = front;
    const environment = admissionFromEnvironment();
    this.#origins = [...checkOrigins(options.origins ?? [], "the option origins of listen()"), ...environment.origins];
    const token = options.token ?? environment.token;
    this.#token = token ?? randomToken();
    try {
      this.#webhooks = rig.webhooks.addAll(options.webhooks, this);
      const { webhookHold, historyLimit } = rig.settings;
      for (const { webhooks, ...app } of options.apps ?? []) {
        const further = createRig(app, "listen()");
        this.#apps.push(further);
        // Nobody but the gateway has it, so it is as the app that listens.
        further.configure({ webhookHold, historyLimit });
        further.webhooks.join(rig.webhooks);
        this.#webhooks.push(...further.webhooks.addAll(webhooks, this));
      }
      const followed = options.onActivity === undefined ? [] : [rig, ...this.#apps];
      this.#activities = new Activities(
        followed,
        () => this.#handle,
        (activity) => this.#tell(activity),
      );
      this.#handle = this.#start(options.port ?? DEFAULT_PORT);
      this.#port = this.#handle.port;
      if (token === undefined && this.#handle.isPublic) {
        console.log(
          `pushrig: other machines can reach the gateway on port ${this.#port}. They get what is for this machine alone, ` +
            `signatures for one, with the token ${this.#token}`,
        );
      }
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  get port(): number {
    return this.#port;
  }

  get host(): string {
    return this.#options.host ?? "127.0.0.1";
  }

  /** `http://host:port` and the prefix, if there is one, as clients on this machine reach it; with `tls` it is `https:`. */
  get url(): string {
    return `${this.#front === undefined ? "http" : "https"}://${hostInUrl(this.host)}:${this.#port}${prefixOf(this.#options)}`;
  }

  /** What opens everything, also to other machines: see docs/gateway.md, "Who may come in". */
  get token(): string {
    return this.#token;
  }

  /** The apps that it serves, the one that it was opened for first. @internal */
  get rigs(): readonly Rig[] {
    return [this.#rig, ...this.#apps];
  }

  /** The folder of the project that it is of. @internal */
  get project(): string {
    return this.#project.folder;
  }

  /** What comes before every path. @internal */
  get wsPath(): string {
    return this.#options.wsPath ?? "";
  }

  /** This process has it. */
  get role(): "owner" {
    return "owner";
  }

  /** That of a process which has opened it stays. */
  onRole(_callback: (role: "owner") => void): () => void {
    return () => {};
  }

  /** What one of its apps was made with. @internal */
  optionsOf(rig: Rig): Partial<AppOptions> {
    const at = this.#apps.indexOf(rig);
    const { webhooks: _receivers, ...options } = (at < 0 ? this.#first : this.#options.apps?.[at]) ?? {};
    return options;
  }

  /** When it has begun to listen, after a restart anew: milliseconds since the epoch. @internal */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** How many clients are connected. */
  get connectionCount(): number {
    return this.#handle?.connectionCount ?? 0;
  }

  /** The socket ids of the clients that are connected. @internal */
  socketIds(): string[] {
    return this.#handle?.socketIds() ?? [];
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Stops listening and says goodbye to every client with `code`: 4200 (default) makes it come back
   * at once, 4100 after a second, 4001 never. Harmless when called twice.
   */
  close(options: { code?: number } = {}): Promise<void> {
    if (typeof options !== "object" || options === null || Object.keys(options).some((name) => name !== "code")) {
      const why = `pushrig: close() of a gateway takes an object such as { code: 4100 }, not ${show(options)}`;
      return Promise.reject(new TypeError(why));
    }
    const { code = 4200 } = options;
    if (!Number.isInteger(code) || code < 4000 || code > 4999) {
      const why = `pushrig: the code that a gateway closes with is a whole number from 4000 to 4999, not ${show(code)}`;
      return Promise.reject(new RangeError(why));
    }
    this.#closing ??= this.#end(code);
    return this.#closing;
  }

  /** Closes with 4100 and listens again on the same port; clients come back after a second. */
  restart(): Promise<void> {
    if (this.isClosed) {
      return Promise.reject(new Error("pushrig: this gateway was closed; call listen() for a new one"));
    }
    this.#restarting ??= this.#restart().finally(() => (this.#restarting = undefined));
    return this.#restarting;
  }

  /**
   * Moves the time of this gateway and of its apps forward, by milliseconds or by a text such as `"2m"`, and does what is due on the way:
   * pings and what follows when nobody answers, cached events that are forgotten, webhooks that are held back or sent again,
   * subscription counts, the time to be authorized. Signatures are compared with the wall clock as before. Resolves when all of it is
   * done, with what it was. No other clock is moved: pages have `page.clock`, this process has fake timers.
   */
  advance(time: number | string): Promise<Advanced> {
    let duration: number;
    try {
      duration = millisecondsOf(time, "advance()");
    } catch (error) {
      return Promise.reject(error as Error);
    }
    if (this.isClosed) {
      return Promise.reject(new Error("pushrig: this gateway was closed; call listen() for a new one"));
    }
    const move = (): Promise<Advanced> => advance(() => this.#handle, [this.#rig, ...this.#apps], duration, time);
    const advanced = this.#advancing.then(move);
    this.#advancing = advanced.catch(() => {});
    return advanced;
  }

  /** Lets the process end although the gateway listens. */
  unref(): this {
    this.#alive.unref();
    return this;
  }

  /** Says once that options of a further `listen()` on this port have no effect. @internal */
  noteIgnored(options: ListenOptions): void {
    const kept = inForce(this.#options);
    const wanted = inForce(options);
    // Functions count as the same: a module that is loaded again brings new ones.
    const shape = (value: unknown): string => `${typeof value} ${JSON.stringify(value)}`;
    const names = Object.keys(options) as Array<keyof ListenOptions>;
    const ignored = names.filter(
      (name) => name !== "port" && options[name] !== undefined && shape(wanted[name]) !== shape(kept[name]),
    );
    if (ignored.length === 0 || this.#saidIgnored) return;
    this.#saidIgnored = true;
    console.warn(
      `pushrig: a gateway listens on port ${this.#port} already, and listen() answers that one; it does not take over ` +
        `${ignored.join(", ")}. Close it first, or choose another port. This is said once.`,
    );
  }

  async #end(code: number): Promise<void> {
    // If that fails, there is nothing left to close.
    await this.#restarting?.catch(() => {});
    await this.#handle?.close(code);
    this.#activities.read();
    this.#release();
  }

  async #restart(): Promise<void> {
    await this.attached.restarts();
    await this.#handle?.close(4100);
    this.#activities.read();
    this.#activities.restart();
    try {
      this.#handle = this.#start(this.#port);
      this.attached.isBack();
    } catch (error) {
      this.#closing ??= Promise.resolve();
      this.#release();
      throw error;
    }
  }

  #release(): void {
    this.#activities?.stop();
    this.attached.close();
    this.#handle = undefined;
    const { gateways } = threadState();
    const others = (gateways.get(this.#rig.appId) ?? []).filter((gateway) => gateway !== this);
    if (others.length > 0) gateways.set(this.#rig.appId, others);
    else gateways.delete(this.#rig.appId);
    clearInterval(this.#alive);
    this.#hide?.();
    this.#front?.close();
    for (const webhook of this.#webhooks) webhook.remove();
    for (const rig of this.#apps) rig.close();
  }

  /** Names the channel that was meant, where one has subscribers and nearly the name of one that has none. */
  #suggest(activity: Activity): void {
    const rig = [this.#rig, ...this.#apps].find(({ app }) => app.id === activity.appId);
    if (rig === undefined || rig.isClosed) return;
    const channels = native.activeChannels(rig.number);
    const meant = channels.length > MAX_COMPARED ? undefined : nearest(activity.channel ?? "", channels);
    if (meant !== undefined) activity.meant = meant;
  }

  #tell(activity: Activity): void {
    const { onActivity } = this.#options;
    if (activity.type === "unknownKey" && onActivity === undefined && !this.#warned) {
      this.#warned = true;
      console.warn(
        `pushrig: a client connects with the key ${JSON.stringify(activity.key)}, the app's is ` +
          `${JSON.stringify(activity.expected)}. The mock lets it in; the real service would not.`,
      );
    }
    if (activity.type === "turnedAway" && onActivity === undefined) console.warn(`pushrig: ${activity.body}`);
    if (activity.type === "unheard") this.#suggest(activity);
    // The application's own id is as good as the mock's.
    if (activity.type === "unknownId" && activity.id === process.env.PUSHER_APP_ID) return;
    onActivity?.(activity);
  }

  /** @internal From now on it is found by nobody whom its address was not told. */
  keepToItself(): void {
    this.#isFound = false;
    this.#hide?.();
  }

  /** Lets processes of this user find it. Anew at each start: who came while it did not listen has taken it for gone. */
  #show(port: number): void {
    this.#hide?.();
    if (!this.#isFound) return;
    this.#hide = locate({
      url: `http://${hostInUrl(this.host)}:${port}${prefixOf(this.#options)}`,
      project: this.#project.folder,
      token: this.#token,
      isTest: isUnderTest() || isTestRealm(),
    });
  }

  #start(port: number): GatewayHandle {
    const { host = "127.0.0.1", onActivity, ...others } = this.#options;
    const wsPath = prefixOf(others);
    const { maxConnections, messagesPerSecond, maxQueuedBytes, maxQueuedWrites } = others;
    const apps = [this.#rig, ...this.#apps].map((rig) => rig.number);
    const bounds = { maxConnections, messagesPerSecond, maxQueuedBytes, maxQueuedWrites };
    const isWatched = onActivity !== undefined;
    const admission = { origins: this.#origins, token: this.#token };
    const tls = { tlsFrontPort: this.#front?.port, tlsFrontSecret: this.#front?.secret };
    const project = { project: this.#project.folder, projectHash: this.#project.hash };
    nameLines();
    const handle = native.listen(
      { host, port, wsPath, pageFile: pageFile(), apps, ...admission, ...project, ...tls, ...bounds, isWatched },
      () => this.#activities.read(),
      (id, method, target, body) => this.#control.take(id, method, target, body),
    );
    if (handle !== null) {
      // Later than the one before, however quick that was.
      this.#startedAt = Math.max(Date.now(), this.#startedAt + 1);
      const back = { host: LOOPBACK[host] ?? host, port: handle.port };
      this.#show(handle.port);
      this.#front?.lead(back, (body) => this.#tell({ v: 1, time: Date.now(), type: "turnedAway", who: "TLS", body }));
      return handle;
    }
    const { code, message } = takeListenError();
    throw Object.assign(new Error(`pushrig: ${message}`), code === null ? {} : { code }, { address: host, port });
  }
}

/** A token that nobody guesses. */
export function randomToken(): string {
  return crypto().randomBytes(24).toString("base64url");
}

/** What comes before every path, as a client's address has it: with percent signs for what is not ASCII. */
function prefixOf({ wsPath = "" }: ListenOptions): string {
  return wsPath && new URL(`http://localhost${wsPath}`).pathname;
}

/** What options come to: an option that is undefined was not given, and some can be said in several ways. */
function inForce(options: ListenOptions): ListenOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all: ListenOptions = { ...LISTEN_DEFAULTS, ...given };
  return { ...all, host: all.host === "localhost" ? "127.0.0.1" : all.host, wsPath: prefixOf(all) };
}

/** The addresses that stand for all of a machine are for listening only. */
const LOOPBACK: Record<string, string> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** The host by which clients on this machine reach a server bound to `host`, as it stands in a URL. */
export function hostInUrl(host: string): string {
  const reachable = LOOPBACK[host] ?? host;
  return reachable.includes(":") ? `[${reachable}]` : reachable;
}

/** Where the page was built to: beside the bundle that this is in, or else in the source's neighbour. */
function pageFile(): string {
  const places = ["", "..", "../../dist"].map((folder) => join(__dirname, folder, "inspector.html"));
  return places.find((place) => existsSync(place)) ?? places[0];
}

/**
 * Opens a rig's app to the network; the running gateway when it listens on that port already. Rejects with a TypeError or
 * RangeError for a wrong option, and with an Error that has Node's `code` (`EADDRINUSE`), `address` and `port` when nothing can
 * listen there.
 *
 * @param means what answers the control routes, and what the app was made with
 */
export async function openOn(
  rig: Rig,
  options: ListenOptions = {},
  means: Omit<GatewayMeans, "front"> = {},
): Promise<Gateway> {
  checkListenOptions(options, rig.app);
  const { port = DEFAULT_PORT } = options;
  const { gateways } = threadState();
  // One that is being closed, maybe together with its app, has its port a moment longer.
  const closing = [...gateways.values()].flat().filter((gateway) => gateway.isClosed && gateway.port === port);
  if (closing.length > 0) await Promise.all(closing.map((gateway) => gateway.close()));
  // From here on nothing is waited for: of two calls at once the second finds the gateway of the first.
  const front = options.tls && (await TlsFront.open(readCertificate(options.tls), randomToken()));
  try {
    return openNow(rig, options, { ...means, front });
  } catch (error) {
    front?.close();
    throw error;
  }
}

/** As `listenOn`, at once: with options that were checked. */
export function openNow(rig: Rig, options: ListenOptions, means: GatewayMeans): Gateway {
  const { port = DEFAULT_PORT } = options;
  const { gateways } = threadState();
  rig.requireOpen();
  const open = (gateways.get(rig.appId) ?? []).filter((gateway) => !gateway.isClosed);
  // It may be another copy's, which is as good.
  const same = port === 0 ? undefined : open.find((gateway) => gateway.port === port);
  if (same instanceof Gateway) same.noteIgnored(options);
  if (same !== undefined) {
    means.front?.close();
    return same as Gateway;
  }
  const gateway = new Gateway(rig, options, means);
  gateways.set(rig.appId, [...open, gateway]);
  return gateway;
}
