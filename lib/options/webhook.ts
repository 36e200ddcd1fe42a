/** What an endpoint for webhooks is told by the user, and what of it is wrong. */

import { checkList, checkObject, checkSwitch, checkText } from "./checks.js";
import { http } from "../base/builtin.js";
import { checkNames, insteadOf } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { urlFrom } from "../base/url.js";

/** The kinds of webhook events (Pusher docs: Webhooks). */
export type WebhookEventName =
  | "channel_occupied"
  | "channel_vacated"
  | "member_added"
  | "member_removed"
  | "client_event"
  | "cache_miss"
  | "subscription_count";

/** Something that has happened in an app, as the body of a webhook tells it. */
export interface AppEvent {
  name: WebhookEventName;
  channel: string;
  /** On `member_added` and `member_removed`, and on a `client_event` of a presence channel. */
  user_id?: string;
  /** On `client_event`: its name. */
  event?: string;
  /** On `client_event`: its data as text; what was no string is JSON. */
  data?: string;
  /** On `client_event`: who sent it. */
  socket_id?: string;
  /** On `subscription_count`. */
  subscription_count?: number;
}

/** The application's own route handler, called in place of a request to it. No answer counts as 200. */
export type WebhookHandler = (request: Request) => Response | void | Promise<Response | void>;

/** Where webhooks go: a URL, or a handler in this process. */
export type WebhookTarget = string | URL | WebhookHandler;

/** Which webhooks an endpoint gets, and in what form. */
export interface WebhookOptions {
  /** The events that are sent. Default: all. */
  events?: readonly WebhookEventName[];
  /** Only events of channels whose name starts so. */
  channelNameStartsWith?: string;
  /** Only events of channels whose name ends so. */
  channelNameEndsWith?: string;
  /** Whether events that come together share a request. Default false: one event each. */
  batch?: boolean;
  /** Further headers; those that Pusher sets cannot be changed. */
  headers?: Record<string, string>;
}

/** A target alone, or with options. */
export type WebhookDestination = WebhookTarget | ({ to: WebhookTarget } & WebhookOptions);

export const WEBHOOK_EVENTS: readonly WebhookEventName[] = [
  "channel_occupied",
  "channel_vacated",
  "member_added",
  "member_removed",
  "client_event",
  "cache_miss",
  "subscription_count",
];

/** Throws a TypeError that says which events there are, for what is none. */
export function checkWebhookEvent(name: unknown, call: string): asserts name is WebhookEventName {
  if (WEBHOOK_EVENTS.includes(name as WebhookEventName)) return;
  throw new TypeError(`pushrig: ${call}() knows no webhook event ${insteadOf(name, WEBHOOK_EVENTS, "event")}`);
}

const NAMES = ["events", "channelNameStartsWith", "channelNameEndsWith", "batch", "headers"];
/** A receiver relies on these. */
const OWN_HEADERS = /^(x-pusher-.*|content-type|content-length|host)$/i;

/** The target as it is kept: a URL as text. Throws a TypeError that names what is wrong. */
export function checkedTarget(target: WebhookTarget): string | WebhookHandler {
  if (typeof target === "function") return target;
  // By its field: under jsdom there are two classes of URL.
  const text = typeof target === "object" && target !== null ? target.href : target;
  if (typeof text === "string" && isHttp(text)) return text;
  throw new TypeError(
    `pushrig: webhooks go to an absolute http or https URL such as "http://localhost:3000/api/webhook", ` +
      `or to a handler (request) => Response, not to ${show(target)}`,
  );
}

function isHttp(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** Throws a TypeError that names what is wrong. */
export function checkWebhookOptions(options: WebhookOptions): void {
  checkObject(options, "options of a webhook are an object such as { batch: true }");
  checkNames(options, NAMES, "a webhook", "option");
  const { events, channelNameStartsWith, channelNameEndsWith, batch, headers } = options;
  if (events !== undefined) checkList(events, 'the option events is a list such as ["member_added"]');
  for (const event of events ?? []) {
    if (!WEBHOOK_EVENTS.includes(event)) {
      throw new TypeError(`pushrig: there is no webhook event ${insteadOf(event, WEBHOOK_EVENTS, "event")}`);
    }
  }
  for (const [name, text] of Object.entries({ channelNameStartsWith, channelNameEndsWith })) {
    checkText(text, `the option ${name}`);
  }
  checkSwitch(batch, "the option batch");
  if (headers !== undefined) checkObject(headers, 'the option headers is an object such as { "X-Own": "value" }');
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (OWN_HEADERS.test(name)) {
      throw new TypeError(`pushrig: the header ${name} of a webhook is Pusher's own to set; leave it out`);
    }
    if (!isAccepted(() => http().validateHeaderName(name))) {
      throw new TypeError(
        `pushrig: the name of a webhook's header has letters, digits and !#$%&'*+-.^_\`|~ only, as "X-Own" does, not ${show(name)}`,
      );
    }
    if (typeof value !== "string" || !isAccepted(() => http().validateHeaderValue(name, value))) {
      throw new TypeError(
        `pushrig: the header ${name} of a webhook is text without line breaks, control characters and what is beyond U+00FF, ` +
          `not ${show(value)}; encode the rest, for example with encodeURIComponent()`,
      );
    }
  }
}

/** Whether Node's check lets something pass; what it says otherwise does not say whose option it was. */
function isAccepted(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** A receiver as others may know it: some are called with a password, or with a token in the query. */
export function receiverAddress(to: string | WebhookHandler): string {
  if (typeof to !== "string") return "handler";
  const url = urlFrom(to);
  if (url === undefined || url.username + url.password + url.search === "") return to;
  return url.origin + url.pathname + (url.search === "" ? "" : "?…");
}

/** Whether an endpoint with these options gets the event. */
export function isWanted(event: AppEvent, options: WebhookOptions): boolean {
  const { events, channelNameStartsWith = "", channelNameEndsWith = "" } = options;
  return (
    (events === undefined || events.includes(event.name)) &&
    event.channel.startsWith(channelNameStartsWith) &&
    event.channel.endsWith(channelNameEndsWith)
  );
}
