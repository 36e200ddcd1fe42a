/** What happens at a gateway, for whoever watches it: read from the journals of its apps, and from its own. */

import type { GatewayHandle } from "../../binding.js";
import type { Rig } from "../app/rig.js";
import { throwUncaught } from "../base/uncaught.js";
import type { Entry, Kind, Page, Selection } from "../journal/entry.js";
import type { Activity, Happening } from "../options/listen.js";

/** What a watcher hears of an app. */
const KINDS: readonly Kind[] = [
  "connected",
  "closed",
  "subscribed",
  "left",
  "refused",
  "rejected",
  "triggered",
  "client-event",
  "request",
  "webhook",
];

/** An activity, and when it was. */
type Told = [at: number, activity: Activity];

/** What has been read of an app's journal. */
interface Followed {
  rig: Rig;
  /** The number of the latest entry that was read. */
  seq: number;
  /** The sockets of this gateway that are connected to it. */
  sockets: Set<string>;
  unwatch: () => void;
}

/** Reads while a gateway listens. What it is too slow for is counted; the journals bound what waits. */
export class Activities {
  readonly #tell: (activity: Activity) => void;
  readonly #apps: Followed[];
  readonly #handle: () => GatewayHandle | undefined;
  #ownSeq = 0;

  /**
   * @param rigs the apps that are followed, none if nobody watches: the gateway's own journal alone is read then
   * @param handle the gateway, once it listens
   */
  constructor(rigs: readonly Rig[], handle: () => GatewayHandle | undefined, tell: (activity: Activity) => void) {
    this.#tell = tell;
    this.#handle = handle;
    this.#apps = rigs.map((rig) => ({
      rig,
      seq: rig.journal.seq,
      sockets: new Set(),
      unwatch: rig.journal.watch(() => this.read()),
    }));
  }

  /** The gateway has begun to listen anew, with a journal that is empty. */
  restart(): void {
    this.#ownSeq = 0;
  }

  /** Tells what is new, in the order in which it happened. */
  read(): void {
    const told: Told[] = [];
    const lost = this.#readOwn(told) + this.#apps.reduce((sum, app) => sum + this.#readApp(app, told), 0);
    told.sort(([one], [other]) => one - other);
    for (const [, activity] of told) this.#tellSafely(activity);
    // Behind the others: who is there has to be counted anew, once for all.
    if (lost > 0) this.#tellSafely({ v: 1, time: Date.now(), type: "lost", count: lost });
  }

  /** Reads what is left, and nothing more. */
  stop(): void {
    this.read();
    for (const { unwatch } of this.#apps.splice(0)) unwatch();
  }

  /** One that a watcher fails on hides no other. */
  #tellSafely(activity: Activity): void {
    try {
      this.#tell(activity);
    } catch (error) {
      throwUncaught(error);
    }
  }

  /** Answers how much was forgotten before it could be read. */
  #readOwn(told: Told[]): number {
    const handle = this.#handle();
    if (handle === undefined) return 0;
    const selection: Selection = { after: this.#ownSeq, state: false };
    const page = JSON.parse(handle.journal(JSON.stringify(selection))) as Page;
    const lost = missed(page, this.#ownSeq);
    this.#ownSeq = page.last;
    for (const entry of page.entries) {
      const activity = ownActivity(entry);
      if (activity !== undefined) told.push([place(page, entry), dated(page, entry, activity)]);
    }
    return lost;
  }

  #readApp(app: Followed, told: Told[]): number {
    const { rig, sockets } = app;
    const appId = rig.app.id;
    if (rig.isClosed) {
      // Its journal is gone, and with it that it has ended everybody.
      for (const socketId of sockets) {
        told.push([Infinity, { v: 1, time: Date.now(), type: "closed", socketId, appId }]);
      }
      sockets.clear();
      return 0;
    }
    const page = rig.journal.read({ after: app.seq, kinds: KINDS, state: false });
    const lost = missed(page, app.seq);
    app.seq = page.last;
    for (const entry of page.entries) {
      const activity = this.#activity(entry, sockets);
      if (activity === undefined) continue;
      told.push([place(page, entry), { ...dated(page, entry, activity), seq: entry.seq, appId }]);
    }
    if (lost > 0) this.#recount(app);
    return lost;
  }

  /** What comes and goes of the app's sockets was forgotten, in part. */
  #recount({ rig, sockets }: Followed): void {
    const connected = new Set(this.#handle()?.socketIds());
    for (const socketId of sockets) if (!connected.has(socketId)) sockets.delete(socketId);
    // Of several apps it is not known whose they are.
    if (this.#apps.length > 1) return;
    for (const socketId of connected) if (!rig.isClosed) sockets.add(socketId);
  }

  /** What an entry of an app says of this gateway. */
  #activity(entry: Entry, sockets: Set<string>): Happening | undefined {
    const { kind, connection = "", channel, event, data, bytes } = entry;
    if (kind === "triggered" || kind === "client-event") {
      if (kind === "triggered" && entry.subscribers === 0) return { type: "unheard", channel, event, data, bytes };
      const { sockets: count = 0, except = connection } = entry;
      // One that is left out is subscribed as well.
      if (count === 0 && !sockets.has(except)) return undefined;
      return { type: "published", channel, event, data, bytes, sockets: count };
    }
    if (kind === "request") {
      const { method, path, code: status, text: body = null, given: key, expected } = entry;
      return { type: "requested", method, path, status, body, ...(key !== undefined && { key, expected }) };
    }
    if (kind === "webhook") {
      const { to, events, code: status, text: error } = entry;
      return { type: kind, to, events, channel, ...(status === undefined ? { error } : { status }) };
    }
    if (kind === "connected") {
      if (entry.gateway !== this.#handle()?.number) return undefined;
      sockets.add(connection);
      return { type: "opened", socketId: connection, transport: entry.transport };
    }
    if (!sockets.has(connection)) return undefined;
    switch (kind) {
      case "closed":
        sockets.delete(connection);
        return { type: "closed", socketId: connection };
      case "subscribed":
        return { type: "subscribed", socketId: connection, channel };
      case "left":
        return { type: "unsubscribed", socketId: connection, channel };
      default:
        return { type: "refused", socketId: connection, frame: frameOf(entry) };
    }
  }
}

/** What an entry of the gateway's own journal says. */
function ownActivity(entry: Entry): Happening | undefined {
  const { kind, notice, given, expected, channel, text = "", connection = "", app } = entry;
  const of = app === undefined ? {} : { appId: app };
  if (kind === "request") {
    const { method, path, code: status } = entry;
    return { type: "requested", method, path, status, body: entry.text ?? null };
  }
  if (kind === "refused") {
    const { path, limit } = entry;
    const more = { ...(path !== undefined && { path, expected }), ...(limit !== undefined && { limit }) };
    return { type: "refused", socketId: connection, frame: frameOf(entry), ...more, ...of };
  }
  switch (notice) {
    case "unknownKey":
      return { type: notice, key: given, expected, ...of };
    case "unknownId":
      return { type: notice, id: given, expected, ...of };
    case "turnedAway":
      return { type: notice, who: given, body: text };
    case "tooSlow":
      return { type: notice, socketId: connection, ...of };
    case "overrun":
      return { type: notice, channel, ...of };
    case undefined:
      return undefined;
  }
}

/** How many entries behind `seq` are forgotten. */
function missed({ start, forgotten }: Page, seq: number): number {
  // The entry that says that the app was reset is nobody's.
  const upTo = forgotten === start ? start - 1 : forgotten;
  return Math.max(0, upTo - seq);
}

function dated({ date }: Page, { t }: Entry, activity: Happening): Activity {
  return { v: 1, time: Math.round(date + t), ...activity };
}

/** When it happened, on the clock of the machine. */
function place({ born = 0 }: Page, { t }: Entry): number {
  return born + t;
}

/** The `pusher:error` with which a client was refused. */
function frameOf({ code = null, text = "" }: Pick<Entry, "text"> & { code?: number | null }): string {
  return JSON.stringify({ event: "pusher:error", data: { code, message: text } });
}
