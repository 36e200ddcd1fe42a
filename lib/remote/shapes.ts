/** What the control routes of a gateway are asked, and what they answer: the JSON of version 1. `openapi.json` says the same. */

import type { ClientState, Entry, Kind } from "../journal/entry.js";
import type { Mark } from "../journal/question.js";
import type { LimitOptions } from "../options/app.js";
import type {
  DeliveryFaultSelection,
  Preset,
  SimulationOptions,
  TriggerFailure,
  WebhookFailure,
} from "../options/faults.js";
import type { AppEvent, WebhookEventName, WebhookOptions } from "../options/webhook.js";

/** The version of the routes, as it stands in their addresses. */
export const VERSION = 1;

/** Why something was not done. `not-met`: the time of a wait is over. `cannot-come-true`: it will not come any more. */
export type ErrorCode =
  | "unknown-route"
  | "unknown-version"
  | "wrong-method"
  | "bad-request"
  | "too-large"
  | "unauthorized"
  | "forbidden"
  | "unknown-app"
  | "unknown-fault"
  | "unknown-webhook"
  | "rejected"
  | "not-met"
  | "cannot-come-true"
  | "conflict"
  | "closed"
  | "closing"
  | "unavailable"
  | "too-many"
  | "failed";

export interface Failed {
  error: {
    code: ErrorCode;
    /** A sentence with the value, the rule and the fix. Of a wait: its whole text. */
    message: string;
  };
}

/** An app as everybody may know it. */
export interface AppNow {
  id: string;
  key: string;
  cluster: string;
}

export interface GatewayNow {
  /** Without the slash at the end. */
  url: string;
  pid: number;
  /** Of pushrig. */
  version: string;
  /** The folder of the project. */
  project?: string;
  role: "owner" | "attached";
  /** The processes that use it from outside. */
  attached: AttachedNow[];
  /** When it has begun to listen, after a restart anew: milliseconds since the epoch. */
  startedAt: number;
}

/** A process that uses a gateway from outside. */
export interface AttachedNow {
  pid: number;
  /** Its program. */
  name: string;
  /** Milliseconds since the epoch. */
  since: number;
}

export interface MemberNow {
  id: string;
  info?: unknown;
}

/** A channel with subscribers. */
export interface ChannelNow {
  name: string;
  /** Who is subscribed: by name, or else by connectionId or socket id. */
  subscribers: string[];
  /** Of presence channels. */
  members?: MemberNow[];
  /** Of cache channels: the data that the next subscriber gets, as text, and the seconds that it is kept for. */
  cached?: { data: string; ttl: number };
}

/** Who is there, or was since the last reset. */
export interface ConnectionNow extends Omit<ClientState, "bindings"> {
  /** How texts call it. */
  label: string;
}

/** A fault that is on, whoever began it. */
export interface FaultNow {
  /** For `restore` and `release`. */
  id: number;
  /** The verb, as in `do`. */
  do: FaultVerb;
  /** What it was given. */
  options: Record<string, unknown>;
  strikes: number;
  /** Of `hold`: events that wait, one for each client. */
  waiting: number;
}

export interface StateNow {
  v: 1;
  gateway: GatewayNow;
  /** Those that this gateway serves. */
  apps: AppNow[];
  /** The one that the answer is about. */
  app: AppNow;
  /** Of the journal's latest entry, and where its page begins. */
  seq: number;
  start: number;
  channels: ChannelNow[];
  connections: ConnectionNow[];
  faults: FaultNow[];
}

/** Which entries of the journal. */
export interface JournalSelection {
  /** Entries after this `seq` only. */
  after?: number;
  /** So many at most: the oldest of them. */
  limit?: number;
  /** Entries about this channel, and those about none. */
  channel?: string;
  kinds?: readonly Kind[];
  /** Whether events carry their data. Default true. */
  data?: boolean;
  /** So many characters of it. */
  beginning?: number;
}

/** Which entries are followed. */
export interface Following extends Pick<JournalSelection, "channel" | "kinds" | "beginning"> {
  /** Entries after this `seq`. Default: from now on. */
  after?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds that it goes on to look for a gateway that is gone. Default 10,000; with 0 it ends where the stream is cut. */
  patience?: number;
}

/** What somebody hears who follows the journal. */
export type Followed =
  | { type: "entry"; entry: Entry }
  /** A new page begins: after a reset, or where a gateway was started anew. */
  | { type: "reset"; start: number }
  /** What lies between was forgotten before it could be read. */
  | { type: "gap"; from: number; to: number }
  /** The gateway does not answer any more, why `text` says; it is looked for. */
  | { type: "away"; text: string }
  /** It answers again: with the same journal, or with that of another process. */
  | { type: "back"; isSame: boolean };

/** A client, as text: its name, the id of its user, its connectionId or socket id. */
export type WhoText = string;

/** The question of `why()`. */
export interface WhyRequest {
  event: string;
  channel?: string;
  client?: WhoText;
  data?: unknown;
  since?: Mark;
}

/** What is waited for. Milliseconds in `timeout`. */
export type WaitRequest =
  | { for: "subscribed"; channel: string; by?: WhoText; count?: number; timeout?: number }
  | { for: "vacated"; channel: string; timeout?: number }
  | { for: "members"; channel: string; ids?: ReadonlyArray<string | number>; timeout?: number }
  | { for: "triggered"; channel: string; event: string; data?: unknown; times?: number; since?: Mark; timeout?: number }
  | {
      for: "received";
      channel: string;
      event: string;
      data?: unknown;
      by?: WhoText;
      times?: number;
      since?: Mark;
      timeout?: number;
    }
  | { for: "webhook"; name: WebhookEventName; match?: unknown; times?: number; since?: Mark; timeout?: number }
  | { for: "idle"; timeout?: number };

/** An event that was triggered, or that a client sent. */
export interface MessageNow {
  channel: string;
  event: string;
  /** What a subscriber receives. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what data is, is the application's to say
  data: any;
  seq: number;
  at?: string;
}

export interface TriggerRequest {
  /** One channel or several; left out where it goes to a user. */
  channel?: string | readonly string[];
  /** A user who has signed in. */
  to?: string;
  event: string;
  data?: unknown;
  /** `"server"` by default, or a client whose event it is: a client event. */
  as?: "server" | { client: WhoText };
  /** The connection that does not get it. */
  socketId?: string;
  /** The one client that gets it: on its way to every other subscriber it is lost, and the journal says so. */
  only?: WhoText;
}

/** Events that are published together, or none of them. */
export interface BatchRequest {
  events: ReadonlyArray<{ channel: string; event: string; data?: unknown; socketId?: string }>;
}

export interface Triggered {
  /** The journal's latest entry about it. */
  seq: number;
  /** By channel: the entry, and how many connections were subscribed. */
  events: Array<{ seq: number; channel: string; subscribers: number }>;
}

export const FAULT_VERBS = [
  "refuse",
  "delay",
  "failAuthorization",
  "failTrigger",
  "lose",
  "duplicate",
  "hold",
  "silence",
  "failWebhooks",
  "simulate",
] as const;

export type FaultVerb = (typeof FAULT_VERBS)[number];

/** What `network` is asked to do. */
export const NETWORK_VERBS: readonly string[] = [...FAULT_VERBS, "drop", "dropAll", "release", "restore"];

export type NetworkRequest =
  | { do: "drop"; client: WhoText; code?: number; reason?: string }
  | { do: "dropAll"; code?: number; reason?: string }
  | { do: "refuse"; client?: WhoText; code?: number; reason?: string; times?: number }
  | { do: "delay"; ms: number }
  | { do: "failAuthorization"; channel?: string; status?: number; message?: string; times?: number }
  | ({ do: "failTrigger" } & TriggerFailure)
  | ({ do: "lose" | "duplicate" | "hold" } & DeliveryFaultSelection)
  | { do: "silence"; client: WhoText }
  | ({ do: "failWebhooks" } & WebhookFailure)
  | ({ do: "simulate"; preset: Preset } & SimulationOptions)
  | { do: "release"; id: number }
  | { do: "restore"; id?: number };

export interface NetworkAnswer {
  /** The fault that is on now. */
  fault?: FaultNow;
}

/** What `advance` did. */
export interface AdvancedNow {
  /** Milliseconds. */
  passed: number;
  pinged: string[];
  cut: Array<{ socketId: string; code: number }>;
  counts: number;
  expired: string[];
  webhooks: WebhookNow[];
  simulated: string[];
  /** All of this in a sentence; what it is as text. */
  text: string;
  toString(): string;
}

/** A webhook that was sent. */
export interface WebhookNow {
  /** For `webhooks/ID/send`. */
  id: number;
  /** A URL, or `"handler"` for one in the gateway's process. */
  to: string;
  timeMs: number;
  events: AppEvent[];
  seq: number;
  /** Byte for byte: it is what was signed. */
  body: string;
  /** Of those that are sent: the ones that Pusher sets. */
  headers: Record<string, string>;
  state: "sending" | "delivered" | "retrying" | "failed";
  attempts: number;
  /** The HTTP status of the latest answer. */
  status?: number;
  /** Why there was no answer the last time. */
  error?: string;
}

/** A further app of a gateway. What is left out is made up. */
export interface AppRequest {
  id?: string;
  key?: string;
  secret?: string;
  cluster?: string;
  limits?: LimitOptions;
  clientEvents?: boolean;
  subscriptionCount?: boolean;
}

export interface AppAdded {
  app: AppNow;
  /** Of the gateway that is its own. */
  url: string;
  /** Only where the gateway has made it up. */
  secret?: string;
}

/** Where webhooks go, and which. */
export type ReceiverNow = { to: string } & WebhookOptions;

/** What a process asks that uses the gateway from outside, again and again. */
export interface AttachRequest {
  /** Made up by the process: what tells its requests from those of others. */
  id: string;
  pid: number;
  name: string;
  /** The gateway's own: who has it is told secrets. */
  token?: string;
  /** What the process signs with, for an app that takes any key. */
  credentials?: Array<{ key: string; secret: string }>;
  /** Who gets webhooks of the first app, for as long as the process is attached. */
  receivers?: ReceiverNow[];
  /** Answered once something is newer than this generation, or after a while. */
  after?: number;
}

export interface AttachAnswer {
  generation: number;
  /** The place of the process among those that try for the port when the owner ends. */
  rank: number;
  owner: { pid: number; name: string; version: string; host: string; wsPath: string; startedAt: number };
  /** It is about to listen anew. */
  isRestarting: boolean;
  takesAnyKey: boolean;
  /** With the gateway's token all that another process needs to go on with them. */
  apps: Array<AppNow & { secret?: string; encryptionMasterKeyBase64?: string; webhooks?: ReceiverNow[] }>;
  /** Those that were made by route, each with the address of its gateway. Without the gateway's token none. */
  added: Array<AppNow & { secret: string; url: string }>;
  attached: AttachedNow[];
}
