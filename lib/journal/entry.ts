/**
 * The journal's entries as every reader gets them: why(), waiters, logs, traces, the page. The broker writes them down; this is
 * the JSON that it renders (src/broker/journal/). Field names are stable: they stand in traces and in `--json`.
 */

/** What happened. */
export type Kind =
  | "connected"
  | "closed"
  | "signed-in"
  | "subscribing"
  | "subscribed"
  | "refused"
  | "left"
  | "bound"
  | "unbound"
  | "threw"
  | "triggered"
  | "rejected"
  | "client-event"
  | "member-added"
  | "member-removed"
  | "webhook"
  | "request"
  | "fault"
  | "notice"
  | "reset";

/** One entry; `kind` says which of the other fields there are. */
export interface Entry {
  /** The app's running number. It goes on after a reset. */
  seq: number;
  /** Milliseconds since the app was made, on the machine's monotonic clock, with three decimals. Fake time does not move it. */
  t: number;
  kind: Kind;
  /** The entry that caused this one. */
  cause?: number;
  /** Whom it is about: `connectionId` of a mock client, socket id of a socket. On `client-event`: the sender. */
  connection?: string;
  /** The mock client behind the connection, a number that outlives connections and resets. None for sockets. */
  client?: number;
  channel?: string;
  /** On `bound` and `unbound`: absent where the callback takes every event. */
  event?: string;
  /**
   * The text that was published or sent: JSON most of the time. On `member-added` the member's `user_info`, if there is one. Absent where the
   * question did not ask for data.
   */
  data?: string;
  /** The size of that text in bytes. */
  bytes?: number;
  /** On `triggered`: the connection that was left out, whose socket id the publisher gave. That itself, where nobody has it. */
  except?: string;
  /** On `triggered` and `client-event`: connections that were subscribed to the channel, `except` and the sender included. */
  subscribers?: number;
  /** Of those: sockets of gateways in this process, `except` and the sender left out. */
  sockets?: number;
  /** On `connected`: `"process"` for a mock client, `"socket"` for one of a gateway. */
  door?: "process" | "socket";
  /** On `connected`: what the protocol calls the connection. */
  socketId?: string;
  /** What the test calls the client, `client({ name: "ada" })`: on `connected`, and on `bound` and `subscribing` while it has no connection. */
  name?: string;
  /** On `connected` through a gateway: `"ws"`, `"xhr_streaming"` … */
  transport?: string;
  /** The user who signed in, or the member of a presence channel; on `client-event` the member who sent it. */
  user?: string;
  /** On `closed`: of the close frame. On `rejected`, `request` and `webhook`: the HTTP status. On `refused`: of the answer or of the error. */
  code?: number;
  /**
   * On `closed`: who ended it. On `left`: `"unsubscribe"`, or `"close"` with the `closed` entry as its cause. On `unbound`:
   * `"unsubscribe"` where the channel object was let go of with what was bound on it.
   */
  by?: "client" | "service" | "collected" | "unsubscribe" | "close";
  /** A sentence for people: reason, error, what a callback threw, what a fault does. */
  text?: string;
  /** On `subscribed` to a cache channel: the event that came along, as if it were one with the number of this entry. */
  cached?: number;
  /** On `bound`, `unbound` and `closed`: the `seq` up to which the connection had taken its events when that happened. */
  taken?: number;
  /** On `bound` and `unbound`: how many callbacks, where it is not one. */
  count?: number;
  /** On `bound`: on a channel object that the client has let go of, by `unsubscribe()` or a reset. It gets no events. */
  stale?: true;
  /** The application's own line, `src/app/api/chat/route.ts:262:5`: only in tests and with `debug`. On `member-added` the one that subscribes. */
  at?: string;
  /**
   * On `request`. On `fault` the verb of `network()` where it struck an event, which is the cause: `lose`, `duplicate`, `hold`, and `release` where
   * what was held back has gone out; or `silence` and `restore` of the connection.
   */
  method?: string;
  path?: string;
  /** On `webhook`: its receiver, its events' names, and the attempt from 1. */
  to?: string;
  events?: string[];
  attempt?: number;
  /** On `connected` through a gateway: its number. */
  gateway?: number;
  /** On `notice`: what somebody should know who watches a gateway. */
  notice?: "unknownKey" | "unknownId" | "turnedAway" | "tooSlow" | "overrun";
  /** What was wrong: a key, an app's id, who was turned away. */
  given?: string;
  /** What would have been right. */
  expected?: string;
  /** On `refused`: the option that it was beyond. */
  limit?: string;
  /** In the journal of a gateway: the id of the app that it is about. */
  app?: string;
}

/**
 * What is bound: on a channel, or with `channel` absent on the client for all of them. `event` absent: every event.
 * `channel: "#server-to-user-"` is what is bound on the client's `user`, whoever that is.
 */
export interface Binding {
  channel?: string;
  event?: string;
  /** How many callbacks. */
  count: number;
  /** As on `bound` of the latest of them. */
  taken: number;
}

/** A client, or a socket, at one moment. */
export interface ClientState {
  client?: number;
  /** The latest connection; absent before the first one. */
  connection?: string;
  socketId?: string;
  name?: string;
  user?: string;
  door: "process" | "socket";
  isConnected: boolean;
  channels: string[];
  bindings: Binding[];
}

/** What the journal knows of a stretch of time, oldest entry first. */
export interface Page {
  /** Where this page began: the `seq` of the last reset, 0 before the first. */
  start: number;
  /** Entries up to this `seq` are forgotten: the ring has no room for them. `start` when nothing was forgotten. */
  forgotten: number;
  /** The `seq` of the latest entry. */
  last: number;
  /** `Date.now()` where `t` is 0. */
  date: number;
  /** Where `t` is 0 on the machine's monotonic clock: what puts journals of one process in order. */
  born?: number;
  /** Who was there right after `forgotten`. */
  base: ClientState[];
  /** Who was there when the last reset began. */
  before: ClientState[];
  /** By connection: the `seq` up to which it has taken its events. A connection that is missing has taken all of them. */
  taken: Record<string, number>;
  entries: Entry[];
}

/** Which entries. Everything that is left out is not asked for. */
export interface Selection {
  /** Entries after this `seq` only. Default: the page's start. */
  after?: number;
  /** Entries about this channel, and those about none. */
  channel?: string;
  kinds?: readonly Kind[];
  /** Entries about this mock client, those about nobody, and client events of whomever; of `base` and `before` this one alone. */
  client?: number;
  /** Whether `triggered` and `client-event` carry their data. Default true. */
  data?: boolean;
  /** So many characters of it. Default: all. */
  beginning?: number;
  /** Whether `base`, `before` and `taken` are filled. Default true. Who follows a journal entry by entry needs them once. */
  state?: boolean;
}
