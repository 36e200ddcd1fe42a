/**
 * A rig: one app of the broker, with its settings, as this copy of the package uses it.
 *
 * The default rig belongs to the default app; `createMockPusher()` makes isolated ones.
 */

import type { AppHandle } from "../../binding.js";
import type { AppCredentials } from "../options/app.js";
import { native } from "../native/addon.js";
import { Credentials } from "./credentials.js";
import type { ContractReader } from "./contract.js";
import { AppJournal } from "./journal.js";
import { LatencySource } from "./latency.js";
import type { Later } from "./later.js";
import type { Network } from "./network.js";
import { NetworkConditions } from "./network-conditions.js";
import type { Backlog } from "./backlog.js";
import type { ApiAnswer } from "../native/rejection.js";
import { PresenceLog } from "../delivery/presence-log.js";
import { routesChanged } from "../events/route.js";
import { Seat } from "../delivery/seat.js";
import { type Hint, testContract, testRunner, type TracedApp } from "../events/test-runner.js";
import { type Settings, type SettingsInput, defaultSettings, withSettings } from "../options/settings.js";
import type { Who } from "../journal/question.js";
import type { Addressee } from "./faults.js";
import { threadState } from "../delivery/thread.js";
import type { Waiting } from "../base/timers.js";
import type { Token } from "../base/token.js";
import { WeakList } from "../base/weak-list.js";
import { heardByNobody } from "../base/attachment.js";
import { delayed, faulting, reading, wires } from "./on-demand.js";
import { Publishing } from "./publishing.js";
import { isLenient, LENIENT } from "../options/strict.js";
import type { Strictness } from "./strictness.js";
import type { UnderWay } from "../base/under-way.js";
import type { WatchedApp } from "../journal/subject.js";

import type * as Webhooking from "../webhooks/webhooks.js";
import type { FrameHandler, WireSubscriber } from "./client-wire.js";
import type { Wire } from "./wire.js";

/** Resolves once everything that has happened in this copy's apps so far was held to the contract of the tests. */
export async function contractsChecked(): Promise<void> {
  if (testContract() !== undefined) await reading().contractsChecked();
}

/** The settings that were stored last, and their text: those of most apps are the default ones. */
let stored: { readonly settings: Settings; readonly text: string } | undefined;

let ownSeat: Seat | undefined;

/** This copy's seat, taken on first use. */
function seat(): Seat {
  if (ownSeat === undefined) {
    ownSeat = new Seat();
    ownSeat.onSettingsChanged((appId) => {
      for (const rig of rigsOf(appId)) rig.readSettings();
    });
    ownSeat.onWebhooksWaiting((appId) => {
      for (const rig of rigsOf(appId)) rig.webhooks.onWaiting();
    });
    ownSeat.onUnderWayAsked((appId) => rigsOf(appId).flatMap((rig) => rig.underWayHere()));
    ownSeat.onUnstalled((appId) => {
      for (const rig of rigsOf(appId)) rig.conditions.unstall();
    });
    ownSeat.onAppReset((appId) => {
      for (const rig of rigsOf(appId)) rig.wasReset();
    });
    ownSeat.onJournal((appId) => {
      for (const rig of rigsOf(appId)) rig.journal.wasWritten();
    });
  }
  return ownSeat;
}

export class Rig {
  readonly seat = seat();
  /** The number that stands for the app in native calls. */
  readonly number: number;
  readonly appId: number;
  readonly app: AppCredentials;
  /** Whether any key will do in this process: the default app. */
  readonly anyCredentials: boolean;
  readonly #publishing = new Publishing(this);
  #knownCredentials: Credentials | undefined;
  #later: Later | undefined;
  #backlog: Backlog | undefined;
  /** The clients of this copy, connected or not. */
  readonly clients = new WeakList<{
    readonly client: object;
    readonly identity: { readonly number: number; readonly name: string | undefined };
  }>();
  /** Those of them that have something to forget at a reset: after it nobody has. */
  readonly clientsInUse = new WeakList<{ onReset(): void }>();
  readonly conditions = new NetworkConditions(this);
  #network: Network | undefined;
  /** What happened in the app. */
  readonly journal: AppJournal;
  /** Who comes and goes on presence channels; one for all rigs of an app. */
  readonly presence: PresenceLog;
  /** The app is gone. What clients still send comes to nothing, and who reconnects is refused. */
  isClosed = false;
  #settings: Settings;
  /** Looks for mistakes; none where the settings take nothing for one. */
  strictness: Strictness | undefined;
  #latency: LatencySource | undefined;
  /** The test that made an isolated app: errors of its callbacks are that test's. */
  readonly owner: object | undefined;
  /** Keeps an isolated app alive. */
  readonly #token: AppHandle | undefined;
  /** Authorizations of this copy's clients that nobody has answered yet. */
  #closeWatchers: Set<() => void> | undefined;
  #authorizations: Set<UnderWay> | undefined;
  #webhooks: Webhooking.Webhooks | undefined;
  readonly #contract: ContractReader | undefined;
  /** For who writes traces of tests. */
  readonly #traced: TracedApp | undefined;
  #deadline: { waiting: Waiting; due: number } | undefined;

  /** @param made the app, where it was made for this rig just now; it is asked about otherwise */
  constructor(number: number, made?: NewApp) {
    this.number = number;
    const { appId, anyKey, id, key, secret, cluster } = made ?? (JSON.parse(native.appInfo(number)) as AppInfo);
    this.appId = appId;
    this.app = { id, key, secret, cluster };
    this.anyCredentials = anyKey;
    this.#token = made?.token;
    this.presence = (made === undefined ? knownRig(number)?.presence : undefined) ?? new PresenceLog(this);
    this.presence.way = this;
    this.journal = (made === undefined ? knownRig(number)?.journal : undefined) ?? new AppJournal(this);
    this.journal.app = this;
    this.owner = made && testRunner()?.current();
    const text = made === undefined ? native.settings(number) : "";
    this.#settings = text === "" ? (made?.settings ?? startingSettings()) : (JSON.parse(text) as Settings);
    if (text === "") this.#store(this.#settings);
    // From here on it counts how far a test sets `Date` forward.
    native.showDate(number, this.seat.number, this.seat.clock.now());
    remember(this);
    const contract = testContract();
    this.#contract = contract && new (reading().ContractReader)(this, contract);
    const tracing = testRunner()?.tracing;
    if (tracing !== undefined) {
      this.#traced = reading().tracedOf(this);
      tracing.began(this.#traced);
    }
    this.#tighten();
  }

  // An app per test costs little because what a test does not use is not made.

  /** What arrives later. */
  get later(): Later {
    return (this.#later ??= new (delayed().Later)());
  }

  /** Events that have not arrived yet. */
  get backlog(): Backlog {
    return (this.#backlog ??= new (delayed().Backlog)(() => this.app.id));
  }

  /** Test controls. */
  get network(): Network {
    return (this.#network ??= new (faulting().Network)(this));
  }

  get webhooks(): Webhooking.Webhooks {
    if (this.#webhooks === undefined) {
      // Loaded by the first app that has some.
      const { Webhooks } = require("../webhooks/webhooks.js") as typeof Webhooking;
      this.#webhooks = new Webhooks(this);
    }
    return this.#webhooks;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** The master key of this app's server: clients without authorization take the keys of encrypted channels from it. */
  get encryptionMasterKey(): Uint8Array | undefined {
    return native.encryptionMasterKey(this.number) ?? undefined;
  }

  // Not a setter: TypeScript before 5.1 wants it to take what the getter answers.
  setEncryptionMasterKey(key: Uint8Array): void {
    native.setEncryptionMasterKey(this.number, key);
  }

  /**
   * Changes settings of the app, in every copy and thread. Throws, and changes nothing, when one is wrong.
   *
   * @param where who was given them, for that error
   */
  configure(input: SettingsInput, where?: string): void {
    this.requireOpen();
    this.#store(withSettings(this.#settings, input, where));
    this.readSettings();
  }

  #store(settings: Settings): void {
    if (stored?.settings !== settings) stored = { settings, text: JSON.stringify(settings) };
    native.setSettings(this.number, stored.text, settings.historyLimit, settings.webhookHold);
  }

  readSettings(): void {
    this.#settings = JSON.parse(native.settings(this.number)) as Settings;
    this.#latency = undefined;
    this.#tighten();
    routesChanged();
    this.seat.settingsChanged(this.appId);
  }

  /** As strict as the settings say. */
  #tighten(): void {
    const { strict } = this.#settings;
    if (this.strictness !== undefined) this.strictness.strict = strict;
    else if (!isLenient(strict)) this.strictness = new (reading().Strictness)(this, strict);
  }

  /** The next simulated delay, in milliseconds. */
  latency(): number {
    this.#latency ??= new LatencySource(this.#settings.latency);
    return this.#latency.next();
  }

  /** Whether a client may connect with this key. */
  accepts(key: string): boolean {
    return this.anyCredentials || key === this.app.key;
  }

  /**
   * Publishes to one channel, as `POST /events` does. Undefined when it was accepted, else the
   * refusal; then nothing was stored or delivered. Throws the RangeError of a runaway.
   *
   * @param line the application's line that has called, where the journal tells lines
   */
  publish(channel: string, event: string, data: string, line?: string, socketId?: string): ApiAnswer | undefined {
    return this.#publishing.publish(channel, event, data, line, socketId);
  }

  /**
   * The HTTP API in process, its signature taken as checked. `path` is below `/apps/{id}`:
   * `"/events"`. What it publishes has been delivered when it returns, in `immediate`.
   */
  request(method: string, path: string, query: Record<string, string>, body: string): ApiAnswer {
    return this.#publishing.request(method, path, query, body);
  }

  /** With a gateway of its own, or without a default app, a process is meant to be by itself. */
  noteUnheard(channel: string, event: string): void {
    if (this.anyCredentials && threadState().gateways.size === 0) heardByNobody(channel, event);
  }

  /** Something is new: it is held to the contract of the tests, if they have one, and written into their traces. */
  lookAtNew(): void {
    this.#contract?.look();
    if (this.#traced !== undefined) testRunner()?.tracing?.look(this.#traced);
  }

  /** An authorization is under way for a connection, until what this answers is called. No channel: it signs in. */
  authorizing(whom: string, channel?: string): () => void {
    const asked: UnderWay = { kind: "authorization", count: 1, whom, about: channel };
    const authorizations = (this.#authorizations ??= new Set());
    authorizations.add(asked);
    return () => authorizations.delete(asked);
  }

  /** What has not arrived yet of what this rig's clients and webhooks wait for. */
  underWayHere(): UnderWay[] {
    const waiting = this.#later === undefined ? [] : delayed().waitingIn(this.#later);
    return [...waiting, ...(this.#authorizations ?? []), ...(this.#webhooks?.underWay() ?? [])];
  }

  /** Calls back when the app is closed. Answers what ends it. */
  onClosed(callback: () => void): () => void {
    const watchers = (this.#closeWatchers ??= new Set());
    watchers.add(callback);
    return () => watchers.delete(callback);
  }

  /** The other apps that this copy uses. */
  others(): Rig[] {
    // The default app of the test file before is gone without a word.
    const others = rigsOf().filter((rig) => rig.appId !== this.appId && rig.lookIfOpen());
    // What came to an app that takes any key as well was not meant for this one: each page of browser mode has one.
    return this.anyCredentials ? others.filter((rig) => !rig.anyCredentials) : others;
  }

  /** As waiters and matchers look at it. */
  watched(): WatchedApp {
    this.requireOpen();
    return {
      appId: this.appId,
      journal: this.journal,
      idle: (options = {}) => reading().idle(this, options, this.watched),
      context: (question) => reading().contextOf(this, question),
      subscribers: (channel) => native.subscriberCount(this.number, channel),
      elsewhere: (channel) => reading().subscribedElsewhere(this, channel),
      addressOf: (seq) => this.addressOf(seq),
      webhooks: () => this.webhooks.list(),
    };
  }

  /** Where the gateway that was opened last for this app shows an entry on its page. */
  addressOf(seq: number): string | undefined {
    const url = threadState()
      .gateways.get(this.appId)
      ?.findLast((gateway) => !gateway.isClosed)?.url;
    return url === undefined ? undefined : `${url}/#${seq}`;
  }

  /** Resolves after the simulated delay. The process stays alive until then. */
  delay(): Promise<void> {
    return new Promise((resolve) => {
      this.later.after(this.latency(), resolve, { what: "answer", keepsAlive: true });
    });
  }

  /** Starts a connection; in `immediate` it is open when this returns. */
  openWire(key: string, handler: FrameHandler, subscriber: WireSubscriber): Wire {
    const { Wire } = wires();
    const wire = new Wire(this, { handler, subscriber });
    wire.open(key);
    return wire;
  }

  /** Ends a connection, known by its name or its socket id, from the service's side. `false` when there is none. */
  drop(connection: number, code: number, reason: string): void {
    this.requireOpen();
    const { seat, journal } = this;
    journal.flush();
    journal.comesFrom(journal.line());
    native.dropConnection(this.number, seat.number, connection, code, reason, seat.clock.now());
    seat.settle();
  }

  dropAll(code: number, reason: string): void {
    this.requireOpen();
    const { number, seat } = this;
    if (native.dropAllConnections(number, seat.number, code, reason, seat.clock.now())) seat.settle();
  }

  /** Everybody who is meant. Throws for a client of another app, and where there is nobody; `call` was given it. */
  clientsOf(who: Who, call: string): Addressee[] {
    this.requireOpen();
    return reading().addressees(this, who, call, rigsOf());
  }

  /** The same for an app that is elsewhere: whom its gateway is asked about. */
  ownAddressee(who: Who, call: string): Who {
    return reading().ownAddressee(this, who, call, rigsOf());
  }

  /** Arms a timer for what the app does by itself, after something has changed. */
  watchDeadline(): void {
    const { seat } = this;
    const next = native.nextDeadline(this.number, seat.number, seat.clock.now());
    if (next === null) return;
    const { delay, due } = next;
    const armed = this.#deadline;
    if (armed !== undefined && armed.due <= due) return;
    armed?.waiting.ensureAborted();
    const tick = (): void => {
      this.#deadline = undefined;
      if (native.tick(this.number, seat.number, seat.clock.now(), due)) seat.dispatch();
      this.watchDeadline();
    };
    this.#deadline = { waiting: this.later.after(delay, tick, { what: "deadline" }), due };
  }

  /** Forgets everything that has happened in the app; clients live on and reopen on use. */
  reset(): void {
    this.requireOpen();
    this.lookAtNew();
    this.strictness?.lookBack("at the reset");
    this.#network?.forget();
    this.journal.flush();
    this.journal.lookNow();
    this.journal.comesFrom(this.journal.line());
    this.#publishing.forget();
    if (native.reset(this.number)) this.seat.settle();
    // The broker tells those who have connections, by mail; a client may be about to get its first.
    this.wasReset();
    this.strictness?.throwErrors();
  }

  /**
   * Another test file begins: as a reset, and everything that was configured is forgotten too. The clients and servers that modules have
   * kept live on in it.
   */
  startAgain(): void {
    this.#store({ ...startingSettings(), strict: LENIENT });
    this.readSettings();
    this.#network?.restore();
    this.#webhooks?.close();
    this.#webhooks = undefined;
    this.reset();
    this.#store(startingSettings());
    this.readSettings();
  }

  /** Asks the broker, where another thread may have closed the app. */
  lookIfOpen(): boolean {
    if (!this.isClosed) this.isClosed = !native.isOpen(this.number);
    return !this.isClosed;
  }

  /** The app was reset, here or elsewhere. */
  wasReset(): void {
    threadState().resets++;
    this.journal.wasReset();
    for (const client of this.clientsInUse) client.onReset();
    this.#webhooks?.reset();
    this.#authorizations?.clear();
  }

  /** Throws once the app is gone. */
  requireOpen(): void {
    if (this.isClosed) throw new Error("pushrig: this app was closed; make a new one with createMockPusher()");
  }

  /** What the test that has made the app is told if it fails: which events went to nobody, and were nearly right. */
  hints(from = 0): Hint[] {
    return this.lookIfOpen() ? reading().hintsIn(this.journal.read({ data: false }), from) : [];
  }

  /**
   * Ends the app's connections, and the app itself when it is an isolated one. Throws what strictness has found, once all is done, where
   * no test can be failed with it.
   */
  close(): void {
    if (this.isClosed) return;
    this.lookAtNew();
    this.journal.lookNow();
    const traced = this.#traced;
    if (this.#token !== undefined && traced !== undefined) {
      testRunner()?.tracing?.ends(traced, new (reading().KnownInTheEnd)(this, this.#token));
    }
    if (this.owner !== undefined) testRunner()?.noteHints(() => this.hints(), this.owner);
    this.strictness?.lookBack("when the app was closed");
    this.#network?.forget();
    // Whoever closes has seen enough: what is under way does not come between this and the end.
    if (this.#token !== undefined) this.seat.discard(this.appId);
    const { number, seat } = this;
    if (native.dropAllConnections(number, seat.number, 4001, "The mock app was closed", seat.clock.now()))
      seat.settle();
    this.#deadline?.waiting.ensureAborted();
    this.#webhooks?.close();
    if (this.#token === undefined) return;
    this.#token.close(traced !== undefined);
    this.isClosed = true;
    forgetRig(this.number);
    this.strictness?.end();
    for (const tell of this.#closeWatchers ?? []) tell();
    this.strictness?.throwErrors();
  }

  // Whose keys and secrets hold here: see credentials.ts.

  get #credentials(): Credentials {
    return (this.#knownCredentials ??= new Credentials(this));
  }

  /** Of servers of the default app. */
  get secrets(): ReadonlySet<string> {
    return this.#credentials.secrets;
  }

  believes(token: Token, made?: () => string): boolean {
    return this.#credentials.believes(token, made);
  }

  secretOf(key: string): string | undefined {
    return this.#credentials.secretOf(key);
  }

  introduce(key: string, secret: string | undefined): void {
    this.#credentials.introduce(key, secret);
  }

  signer(): Token {
    return this.#credentials.signer();
  }

  noteClientKey(key: string): void {
    this.#credentials.noteClientKey(key);
  }
}

/** The settings of an app that says nothing about them: after the environment, and the configuration of the tests. */
export function startingSettings(): Settings {
  const strict = testRunner()?.strict;
  return strict === undefined ? defaultSettings() : withSettings(defaultSettings(), { strict });
}

/** What `native.appInfo` answers. */
interface AppInfo extends AppCredentials {
  appId: number;
  anyKey: boolean;
}

export interface NewApp extends AppInfo {
  token: AppHandle;
  settings: Settings;
}

/**
 * Rigs of this copy, by the app's number; weak, so that a dropped rig takes its app along. One that was closed leaves
 * no reference behind, for the reason that `WeakList` gives.
 */
const rigs = new Map<number, { number: number; appId: number; reference: WeakRef<Rig> | undefined }>();

/** The rig of this copy for the app of this number, if there is one. */
export function knownRig(number: number): Rig | undefined {
  return rigs.get(number)?.reference?.deref();
}

/** So few are not looked through. */
const FEW = 32;
/** With so many they are looked through: those that were collected without `close()` do not pile up. */
let limit = FEW;

function remember(rig: Rig): void {
  if (rigs.size >= limit) {
    rigsOf();
    limit = Math.max(FEW, 2 * rigs.size);
  }
  rigs.set(rig.number, { number: rig.number, appId: rig.appId, reference: new WeakRef(rig) });
}

function forgetRig(number: number): void {
  const known = rigs.get(number);
  if (known === undefined) return;
  known.reference = undefined;
  rigs.delete(number);
}

/** Those of the apps that a test has made, and not closed. */
export function rigsMadeBy(test: object): Rig[] {
  return rigsOf().filter(({ owner }) => owner === test);
}

/** Those of one app, or all. Looks at no other app's rigs: one that is looked at is kept for the rest of the turn. */
function rigsOf(app?: number): Rig[] {
  const alive: Rig[] = [];
  for (const { number, appId, reference } of rigs.values()) {
    if (app !== undefined && appId !== app) continue;
    const rig = reference?.deref();
    if (rig === undefined) rigs.delete(number);
    else alive.push(rig);
  }
  return alive;
}
