/** What an app is made of, and what of it is wrong. */

import { checkFilledText, checkObject, checkSwitch, checkWhole } from "./checks.js";
import { checkNames } from "../base/nearest.js";
import type { WebhookDestination } from "./webhook.js";

export interface AppCredentials {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  readonly cluster: string;
}

/** Limits of an app; the defaults are real Pusher's. */
export interface LimitOptions {
  /** Bytes of an event's data. Default 10,240. */
  dataBytes?: number;
  /** Users of a presence channel. Default 100. */
  presenceMembers?: number;
  /** Client events per second and connection. Default 10. */
  clientEventsPerSecond?: number;
  /** Connections of the app; one too many is refused with 4004. Default: no limit. */
  connections?: number;
  /** Milliseconds that a cache channel keeps its event. Default 1,800,000. */
  cacheTtlMs?: number;
  /** Milliseconds within which a connection has to be authorized, see `authorizedConnections`. Default 30,000. */
  authorizationTimeoutMs?: number;
  /** @internal Entries that the journal keeps, for tests that want to see it forget. Default 10,000. */
  journal?: number;
}

/** An app: its credentials, its limits and the switches of its dashboard. */
export interface AppOptions {
  id: string;
  key: string;
  secret: string;
  cluster?: string | undefined;
  limits?: LimitOptions | undefined;
  /** Whether the app is in service. Default true; clients of one that is not are refused with 4003. */
  enabled?: boolean | undefined;
  /** Whether unencrypted connections are refused, with 4000. Default false. A gateway has others with the option `tls`. */
  forceTLS?: boolean | undefined;
  /** Whether clients that neither sign in nor join a private or presence channel in time are cut, with 4009. Default false. */
  authorizedConnections?: boolean | undefined;
  /** Whether clients may send client events. Default true. */
  clientEvents?: boolean | undefined;
  /** Whether `pusher:subscription_count` is sent. Default false, as on a new app. */
  subscriptionCount?: boolean | undefined;
  /** Who is told of what happens in the app: URLs, or handlers in this process. */
  webhooks?: WebhookDestination | WebhookDestination[] | undefined;
}

/** What is no number, switch or webhook. */
const TEXTS = ["id", "key", "secret", "cluster"] as const;
const SWITCHES = ["enabled", "forceTLS", "authorizedConnections", "clientEvents", "subscriptionCount"] as const;
const LIMITS = [
  "dataBytes",
  "presenceMembers",
  "clientEventsPerSecond",
  "connections",
  "cacheTtlMs",
  "authorizationTimeoutMs",
] as const;
const NAMES: readonly string[] = [...TEXTS, ...SWITCHES, "limits", "webhooks"];
/** What every limit fits into. */
const LARGEST = 2 ** 32 - 1;

/** Throws a TypeError or RangeError that names what is wrong. `where` is who was given the options. */
export function checkApp(app: AppOptions, where: string): void {
  checkObject(app, `an app of ${where} is an object { id, key, secret }`);
  checkNames(app, NAMES, `an app of ${where}`, "option");
  checkAppValues(app, where);
}

/** The same, where their names are known to be right. */
export function checkAppValues(app: AppOptions, where: string): void {
  for (const name of TEXTS) {
    const text = app[name];
    if (name === "cluster" && text === undefined) continue;
    // Every app comes here: the sentence is put together for what is wrong only.
    if (typeof text !== "string" || text === "") checkFilledText(text, `the ${name} of an app of ${where}`);
  }
  for (const name of SWITCHES) if (app[name] !== undefined) checkSwitch(app[name], `${name} of an app of ${where}`);
  if (app.limits !== undefined) checkLimits(app.limits, where);
}

function checkLimits(limits: LimitOptions, where: string): void {
  checkObject(limits, `the limits of ${where} are an object such as { presenceMembers: 100 }`);
  const { journal: _, ...known } = limits;
  checkNames(known, LIMITS, where, "limit");
  for (const [name, limit] of Object.entries(limits)) {
    checkWhole(limit, 0, LARGEST, `the limit ${name} of ${where}`);
  }
}
