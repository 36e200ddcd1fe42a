/** This process beside the others of its project: it has the gateway that they meet at, or is attached to it. */

import type { Rig } from "../app/rig.js";
import { createRig } from "../app/rigs.js";
import { type AppThere, type Attachment, attachment, setAttachment } from "../base/attachment.js";
import { realNow, realTimers } from "../base/fakes.js";
import { processName, whose } from "../base/process-name.js";
import { projectOf } from "../base/project.js";
import type { AppOptions } from "../options/app.js";
import { MAX_DELAY } from "../options/checks.js";
import type { ListenOptions } from "../options/listen.js";
import { Remote } from "../remote/remote.js";
import type { AttachAnswer } from "../remote/shapes.js";
import type { Advanced } from "./advance.js";
import { LOOPBACKS, otherUrl, type Owner, ownerAt, portOf, type Sought, writtenElsewhere } from "./finding.js";
import { type Gateway, hostInUrl, type GatewayMeans, openNow } from "./gateway.js";
import { Introduction } from "./introduction.js";
import type { OpenGateway, Role } from "./open-gateway.js";
import { askToAttach, CalledOff, isRefused, locatedAt, NotAttached, PATIENCE, Silence, stopped } from "./owner.js";
import { OwnerWatch } from "./owner-watch.js";
import { pause } from "./pause.js";
import type { TlsFront } from "./tls-front.js";
import { destinationsOf, warnOfLacks, type WishAtPort } from "./wishes.js";

const { clearInterval, clearTimeout, setInterval, setTimeout } = realTimers;

/** Milliseconds that a process waits for the port for each that tries before it. */
const TURN = 20;
/** Milliseconds between two attempts, at first and at most. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 250;
/** Milliseconds in which a port is somebody's or free. */
const SETTLING_TIME = 3_000;
/** Milliseconds in which an owner that is stopped may go on. */
const LIMIT = 10_000;
/** Milliseconds after which it is counted who has come back: pages look again after a second. */
const RETURN_TIME = 1_800;

const MEETINGS = Symbol.for("pushrig.meetings.v1");

/** Of this process, by port: hot reload asks again. */
export function meetings(): Map<number, Meeting> {
  return ((process as { [MEETINGS]?: Map<number, Meeting> })[MEETINGS] ??= new Map<number, Meeting>());
}

/** This process beside the others of its project, at one port. */
export class Meeting implements OpenGateway, Attachment {
  readonly by: string;
  readonly #rig: Rig;
  readonly #wish: WishAtPort;
  /** Where they meet; where none is named, that follows from who runs. */
  #port: number;
  #sought: Sought;
  readonly #front: TlsFront | undefined;
  /** While it is this process's. */
  #gateway: Gateway | undefined;
  #owner: Owner | undefined;
  /** Apps that were made to go on with those of an owner that has ended. */
  #inherited: Rig[] = [];
  #isClosed = false;
  #isUnrefed = false;
  #joining: Promise<void> | undefined;
  /** Whether who has the port does not answer: that takes longer than others need to settle. */
  #isStopped = false;
  readonly #watch = new OwnerWatch({
    isClosed: () => this.#isClosed,
    owner: () => (this.#gateway === undefined ? this.#owner : undefined),
    requestTo: ({ token }) => this.#introduction.requestFor(token),
    ask: (owner) => this.#ask(owner),
    succeed: (lost) => (this.#joining = this.#succeed(lost).finally(() => (this.#joining = undefined))),
  });
  readonly #callbacks = new Set<(role: Role) => void>();
  readonly #introduction: Introduction;
  /** Keeps the process alive while attached, as a gateway of its own would. */
  readonly #alive = setInterval(() => {}, MAX_DELAY);
  #said = "";

  constructor(rig: Rig, wish: WishAtPort, front: TlsFront | undefined) {
    const { options, by, named } = wish;
    this.#rig = rig;
    this.#wish = wish;
    this.by = by;
    this.#port = options.port;
    this.#sought = {
      ownUrl: `http://${hostInUrl(options.host ?? LOOPBACKS[0])}:${options.port}`,
      project: projectOf(),
      named,
      by,
      token: process.env.PUSHRIG_TOKEN || options.token,
    };
    this.#front = front;
    this.#introduction = new Introduction(options, () => this.#tellOwner());
  }

  // ---- what `listen()` answers

  get role(): Role {
    return this.#gateway === undefined ? "attached" : "owner";
  }

  /** The gateway, while it is this process's. @internal */
  get own(): Gateway | undefined {
    return this.#gateway;
  }

  get port(): number {
    return this.#gateway?.port ?? Number(new URL(this.url).port || 80);
  }

  get host(): string {
    return this.#gateway?.host ?? this.#owner?.answer?.owner.host ?? new URL(this.url).hostname;
  }

  get url(): string {
    return this.#gateway?.url ?? this.#owner?.url ?? this.#wish.named ?? this.#sought.ownUrl;
  }

  get token(): string {
    return this.#gateway?.token ?? this.#owner?.token ?? "";
  }

  get connectionCount(): number {
    if (this.#gateway !== undefined) return this.#gateway.connectionCount;
    throw new Error(
      `pushrig: how many clients are connected only ${this.whose} knows, to which this process is attached: ` +
        `await channel(name).subscribed() waits for them, and GET ${this.url}/pushrig/v1/state tells of all.`,
    );
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#gateway?.isClosed === true;
  }

  onRole(callback: (role: Role) => void): () => void {
    const own = (role: Role): void => callback(role);
    this.#callbacks.add(own);
    return () => this.#callbacks.delete(own);
  }

  async close(options?: { code?: number }): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#alive);
    this.#watch.end();
    if (attachment() === this) setAttachment(undefined);
    const { port } = this.#wish.options;
    if (meetings().get(port) === this) meetings().delete(port);
    if (this.#gateway === undefined) this.#front?.close();
    await this.#gateway?.close(options);
    for (const rig of this.#inherited) rig.close();
    // Clients that were there are here from now on.
    if (this.#owner !== undefined) this.#moveClients();
  }

  restart(): Promise<void> {
    return this.#gateway?.restart() ?? this.#remote.restart();
  }

  async advance(time: number | string): Promise<Advanced> {
    if (this.#gateway !== undefined) return this.#gateway.advance(time);
    return (await this.#remote.advance(time)) as unknown as Advanced;
  }

  unref(): this {
    this.#isUnrefed = true;
    this.#alive.unref();
    this.#gateway?.unref();
    return this;
  }

  get #remote(): Remote {
    return new Remote(this.url, { token: this.#owner?.token });
  }

  // ---- what the rest of the package asks

  get whose(): string {
    if (this.#gateway !== undefined) return "this process";
    const { answer, pid } = this.#owner ?? {};
    if (answer === undefined && pid === undefined) return `the gateway at ${this.url}`;
    return whose(answer?.owner.pid ?? pid, answer?.owner.name);
  }

  get apps(): readonly AppThere[] {
    const own = this.#gateway?.rigs.map(({ app }) => app);
    return own ?? this.#owner?.answer?.apps ?? [];
  }

  get added(): AttachAnswer["added"] | undefined {
    return this.#gateway === undefined ? (this.#owner?.answer?.added ?? []) : undefined;
  }

  get takesAnyKey(): boolean {
    return this.#gateway === undefined
      ? this.#owner?.answer?.takesAnyKey === true
      : this.#gateway.rigs[0]?.anyCredentials === true;
  }

  async ready(): Promise<void> {
    await this.#introduction.told;
    if (this.#gateway !== undefined || this.#owner !== undefined) return;
    // Also where it was in vain when the process began: from now on it is there when the owner ends.
    this.#joining ??= this.#search()
      .then(() => this.#watch.begin())
      .finally(() => (this.#joining = undefined));
    await this.#inTime(this.#joining);
  }

  async #inTime(joining: Promise<void>): Promise<void> {
    const begun = realNow();
    let giveUp: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const look = (): void => {
        const left = (this.#isStopped ? LIMIT : SETTLING_TIME) - (realNow() - begun);
        // Not unref'd: somebody waits.
        if (left > 0) giveUp = setTimeout(look, left);
        else reject(new Error(`pushrig: this process has no gateway: ${this.#said}`));
      };
      look();
    });
    try {
      await Promise.race([joining, tooLate]);
    } finally {
      clearTimeout(giveUp);
    }
  }

  async introduce(key: string, secret: string): Promise<void> {
    if (!this.#introduction.add(key, secret) || this.#owner?.token === undefined) return;
    await this.#tellOwner();
  }

  receive(to: string | Promise<string>, options: object): () => void {
    return this.#introduction.receive(to, options);
  }

  // ---- finding each other

  begin(): Promise<void> {
    return this.ready();
  }

  /** In the same turn as far as it goes: who has the port to itself has it when this returns. */
  beginSoon(): void {
    const { named } = this.#wish;
    if (named === undefined && this.#isFree() && this.#bind(this.#rig, {})) {
      void this.#remainOwner().then((isOwner) => {
        if (!isOwner) return this.#attachSoon();
        this.#sayOnce(`no gateway of this project was there: this process has one for the others, at ${this.url}`);
        this.#sayApart();
      });
      return;
    }
    this.#attachSoon();
  }

  #attachSoon(): void {
    setAttachment(this);
    // Whoever needs it is told why it cannot be.
    this.begin().catch(() => {});
  }

  /** Until this process is owner, or attached. Rejects with why it can be neither. */
  async #search(): Promise<void> {
    const { named } = this.#sought;
    const begun = realNow();
    this.#isStopped = false;
    for (;;) {
      const left = LIMIT - (realNow() - begun);
      try {
        if (await this.#attempt(Math.min(PATIENCE, left))) return;
      } catch (error) {
        if (!(error instanceof Silence) || realNow() - begun >= LIMIT) throw error;
        this.#sayStopped(error);
      }
      if (named !== undefined && !this.#isStopped) {
        throw new Error(
          `pushrig: ${this.by} names the gateway ${named}, and nothing answers there: start it (npx pushrig, or listen()), or let it name another`,
        );
      }
      if (realNow() - begun > (this.#isStopped ? LIMIT : SETTLING_TIME)) {
        throw new Error(
          `pushrig: nobody answers on port ${this.#port}, and it cannot be bound; choose another one with PUSHRIG_PORT`,
        );
      }
      await pause(SHORTEST_PAUSE);
    }
  }

  /** Whether this process is owner, or attached, now. */
  async #attempt(patience: number): Promise<boolean> {
    const { named } = this.#sought;
    if (named !== undefined) return this.#join(named, patience);
    // A process that is alone asks nobody before it has the port.
    if (this.#isFree() && this.#bind(this.#rig, {})) return this.#remainsAlone();
    if (this.#wish.isPortFree) await this.#lookWhere(patience);
    const { ownUrl } = this.#sought;
    const found = ownerAt(ownUrl, this.#sought, patience);
    // One by another name comes first, whatever is wrong with this one.
    found.catch(() => {});
    const other = await otherUrl(this.#sought, this.#wish.options.host ?? LOOPBACKS[0]);
    this.#requireOpen();
    if (other !== undefined) return this.#join(other, patience);
    const owner = await found;
    this.#requireOpen();
    if (owner !== undefined) return this.#attach(owner);
    return this.#bind(this.#rig, {}) && this.#remainsAlone();
  }

  /** As far as is written down. */
  #isFree(): boolean {
    const { ownUrl, project } = this.#sought;
    if (locatedAt(ownUrl) !== undefined) return false;
    return !this.#wish.isPortFree || writtenElsewhere(project, this.#port) === undefined;
  }

  async #lookWhere(patience: number): Promise<void> {
    this.#port = await portOf(this.#sought.project, this.#wish.options.port, patience);
    const ownUrl = new URL(this.#sought.ownUrl);
    ownUrl.port = String(this.#port);
    this.#sought = { ...this.#sought, ownUrl: ownUrl.origin };
    this.#requireOpen();
  }

  /** At a port that was named it may be one of two. */
  async #remainsAlone(): Promise<boolean> {
    const isOwner = await this.#remainOwner();
    if (isOwner) this.#sayApart();
    return isOwner;
  }

  #sayApart(): void {
    const other = writtenElsewhere(this.#sought.project, this.#port);
    if (other === undefined) return;
    this.#sayOnce(
      `${other.whose} has a gateway of the same project on ${new URL(other.url).host}, which does not meet this one on port ${this.#port}: ` +
        "name the same port for all of them (PUSHRIG_PORT), or none",
    );
  }

  /** False where somebody else has the port. */
  #bind(rig: Rig, more: Partial<ListenOptions>, first?: AppOptions): boolean {
    const { attach: _attach, ...options } = this.#wish.options;
    const { makeControl } = this.#wish;
    const means: GatewayMeans = { front: this.#front, makeControl, first: first ?? this.#wish.first };
    try {
      this.#gateway = openNow(rig, { ...options, port: this.#port, ...more }, means);
    } catch (error) {
      if ((error as { code?: unknown }).code === "EADDRINUSE") return false;
      throw error;
    }
    if (this.#isUnrefed) this.#gateway.unref();
    return true;
  }

  /** Looks for another owner of the same port, by another name of this machine. False where this one has given way. */
  async #remainOwner(): Promise<boolean> {
    const own = this.#gateway;
    // It may have that of an owner which has ended.
    const host = own?.host;
    const other = await otherUrl(this.#sought, host);
    if (other === undefined) return true;
    // Of two that come at once, the one on 127.0.0.1 stays.
    if (host === LOOPBACKS[0]) {
      await pause(5 * TURN);
      if ((await otherUrl(this.#sought, host)) === undefined) return true;
    }
    this.#gateway = undefined;
    await own?.close({ code: 4200 });
    return false;
  }

  /** Attaches to the gateway there. False where nobody is. */
  async #join(url: string, patience?: number): Promise<boolean> {
    const owner = await ownerAt(url, this.#sought, patience);
    return owner !== undefined && this.#attach(owner);
  }

  /** False where it has ended meanwhile. */
  async #attach(owner: Owner): Promise<boolean> {
    const { named } = this.#wish;
    const { url, pid } = owner;
    try {
      owner.answer = await this.#ask(owner);
    } catch (error) {
      if (error instanceof Silence) throw stopped(url, whose(pid, undefined));
      const isGone = isRefused(error);
      if (isGone && named === undefined) return false;
      // It serves those who sign, and tells this process no more.
      if (isGone || !(error instanceof NotAttached && named !== undefined)) throw error;
    }
    this.#requireOpen();
    this.#owner = owner;
    this.#isStopped = false;
    setAttachment(this);
    this.#moveClients();
    if (owner.answer !== undefined) warnOfLacks(this.#wish, this.#rig, this.whose, owner.answer);
    this.#sayOnce(
      `attached to the gateway of ${this.whose} on ${new URL(url).host}. Delivery is as on a network: await what you expect.`,
    );
    return true;
  }

  /** Clients of this process come to where the app is now. */
  #moveClients(): void {
    const rig = this.#rig;
    if (!rig.lookIfOpen()) return;
    if (attachment() === this && rig.settings.delivery !== "network")
      rig.configure({ delivery: "network", latency: 0 });
    rig.dropAll(4200, "The app is at the gateway of another process");
  }

  #ask(owner: Owner): Promise<AttachAnswer> {
    const { url, token } = owner;
    return askToAttach(url, this.#introduction.requestFor(token), { token, isKept: true, patience: PATIENCE });
  }

  /** What the owner has to know is new. One that has come since is told by the request that it gets anyway. */
  async #tellOwner(): Promise<void> {
    const own = this.#gateway?.rigs[0];
    // After the end it would be attached again.
    if (own === undefined && this.#owner !== undefined && !this.#isClosed) await this.#ask(this.#owner);
  }

  // ---- when the owner ends

  /** The owner has ended: this process has its gateway from now on, or another has. */
  async #succeed(lost: Owner): Promise<void> {
    const { answer } = lost;
    this.#owner = undefined;
    this.#isStopped = false;
    let wait = TURN * (answer?.rank ?? 0);
    while (!this.#isClosed) {
      await pause(wait);
      wait = Math.min(LONGEST_PAUSE, wait + SHORTEST_PAUSE);
      try {
        if (this.#wish.named === undefined && answer !== undefined && (await this.#takeOver(answer, lost))) return;
        if (await this.#join(this.#wish.named ?? this.#sought.ownUrl)) return;
      } catch (error) {
        if (error instanceof Silence) this.#sayStopped(error);
        else if (!this.#isClosed) this.#sayOnce((error as Error).message.replace(/^pushrig: /, ""));
      }
    }
  }

  async #takeOver(answer: AttachAnswer, { token }: Owner): Promise<boolean> {
    const { owner, apps, takesAnyKey } = answer;
    // By any name: one may have stood beside the owner, and another may have taken over.
    const other = await otherUrl(this.#sought);
    if (other !== undefined) return this.#join(other);
    this.#requireOpen();
    const { host, wsPath } = owner;
    const webhooks = [...(apps[0]?.webhooks ?? []), ...this.#introduction.receivers];
    const more = {
      host,
      wsPath,
      ...(token !== undefined && { token }),
      webhooks: [...destinationsOf(this.#wish.options.webhooks), ...webhooks],
    };
    const isTold = apps.length > 0 && apps.every(({ secret }) => secret !== undefined);
    if (!takesAnyKey && !isTold) {
      throw new Error(
        `pushrig: ${whose(owner.pid, owner.name)} has ended, and this process does not know the secrets of its apps, so it cannot go on with them`,
      );
    }
    if (takesAnyKey && this.#rig.anyCredentials) {
      if (!this.#bind(this.#rig, more)) return false;
    } else if (!this.#bindInherited(apps as AppOptions[], takesAnyKey, more)) return false;
    if (!(await this.#remainOwner())) return false;
    this.#requireOpen();
    this.#sayTaken(owner);
    this.#tellRole();
    return true;
  }

  /** With the apps of the owner that has ended. */
  #bindInherited([first, ...others]: AppOptions[], acceptsAnyKey: boolean, more: Partial<ListenOptions>): boolean {
    const { webhooks: _own, ...options } = first;
    const rig = createRig(options, "attach", { acceptsAnyKey });
    if (this.#bind(rig, { ...more, apps: others }, first)) {
      this.#inherited.push(rig);
      return true;
    }
    rig.close();
    return false;
  }

  #sayTaken({ pid, name }: AttachAnswer["owner"]): void {
    const time = new Date().toTimeString().slice(0, 8);
    const ended =
      `${whose(pid, name)} has ended; this process (${processName()}, ${process.pid}) has the gateway now. ` +
      `History before ${time} is gone, and so is what was on its way.`;
    this.#sayOnce(ended);
    this.#gateway?.rigs[0]?.journal.note({ kind: "notice", text: ended });
    setTimeout(() => {
      const count = this.#gateway?.connectionCount ?? 0;
      if (count > 0 && !this.isClosed) this.#sayOnce(`${count} ${count === 1 ? "client" : "clients"} came back.`);
    }, RETURN_TIME).unref();
  }

  /** It may have been closed while somebody was asked: then it takes no port and attaches nobody. */
  #requireOpen(): void {
    if (this.#isClosed) throw new CalledOff("pushrig: the gateway was closed");
  }

  #tellRole(): void {
    for (const callback of this.#callbacks) {
      try {
        callback(this.role);
      } catch (error) {
        console.error("pushrig: a callback of onRole() threw:", error);
      }
    }
  }

  /** Whoever waits for it waits for longer. */
  #sayStopped({ message }: Silence): void {
    this.#isStopped = true;
    if (!this.#isClosed) this.#sayOnce(message.replace(/^pushrig: /, ""));
  }

  #sayOnce(text: string): void {
    if (text === this.#said) return;
    this.#said = text;
    const { say = (line: string): void => console.log(`pushrig: ${line}`) } = this.#wish;
    say(text);
  }
}
