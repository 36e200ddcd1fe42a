/** How a gateway listens, and what of it is wrong. */

import { DEFAULT_HOST, DEFAULT_PORT } from "./defaults.js";
import { checkFunction, checkList, checkObject, checkSwitch, checkWhole } from "./checks.js";
import { checkOrigins, checkToken } from "./admission.js";
import { type AppOptions, checkApp } from "./app.js";
import { checkNames } from "../base/nearest.js";
import { show } from "../base/shown.js";
import { checkAskable } from "./port.js";
import type { WebhookDestination } from "./webhook.js";

export interface ListenOptions {
  /**
   * Whether this process uses the gateway of another one of the same project, where that has the port. Default false: then the port is
   * taken, with `EADDRINUSE`. See docs/processes.md.
   */
  attach?: boolean;
  /** Default 6001; 0 takes any free port. */
  port?: number;
  /** The address to bind. Default `"127.0.0.1"`: this machine only. */
  host?: string;
  /** What comes before every address, such as `"/ws"`. WebSockets are served below it only. Default `""`. */
  wsPath?: string;
  /** Further apps to serve besides this rig's. Clients with a key that no app has get error 4001. */
  apps?: AppOptions[];
  /**
   * Pages that may come in although they are not of this machine: `"http://app.test:3000"`, `"app.test"` on any port,
   * `"*.app.test"`, and `"null"` for pages without an origin, such as `page.setContent`'s. Those in `PUSHRIG_ORIGINS` may as
   * well. See docs/gateway.md, "Who may come in".
   */
  origins?: string[];
  /** Opens what is for this machine alone, sent as `Authorization: Bearer …`. Default: `PUSHRIG_TOKEN`, else a random one. */
  token?: string;
  /** The certificate for clients that speak TLS, on the same port as those that do not. Default: they are turned away. */
  tls?: TlsOptions;
  /** Clients at one time, of all apps together; one too many is refused with 4100. Default: no limit. */
  maxConnections?: number;
  /** Messages a client may send per second; one too many ends its connection with 4100. Default: no limit. */
  messagesPerSecond?: number;
  /** Bytes that may wait for a client that reads too slowly; beyond it the client is cut. Default 1,048,576. */
  maxQueuedBytes?: number;
  /** The same in writes. Default 8,192. */
  maxQueuedWrites?: number;
  /** Who is told of what happens in this rig's app while the gateway listens. See docs/webhooks.md. */
  webhooks?: WebhookDestination | WebhookDestination[];
  /** Gets what happens: connections, subscriptions, events. Without it, a key that no app has is warned of once. */
  onActivity?: (activity: Activity) => void;
}

/** A certificate and its key: PEM text, or the paths of PEM files. */
export interface TlsOptions {
  cert: string | Buffer;
  key: string | Buffer;
  /** Of an encrypted key. */
  passphrase?: string;
}

/** Something that happened at a gateway. */
export interface Activity extends Happening {
  /** The version of this shape. Fields may be added to it, none is renamed. */
  v: 1;
  /** When it happened, in milliseconds since the epoch. */
  time: number;
  /** Its number in the journal of its app, if it is in one. */
  seq?: number;
}

/** What happened; `type` says which of the other fields there are. */
export interface Happening {
  type:
    | "opened"
    | "closed"
    | "subscribed"
    | "unsubscribed"
    | "published"
    | "unheard"
    | "refused"
    | "requested"
    | "unknownKey"
    | "turnedAway"
    | "unknownId"
    | "lost"
    | "tooSlow"
    | "overrun"
    | "webhook";
  socketId?: string;
  /** The app that it is about, if it is about one. */
  appId?: string;
  transport?: string;
  channel?: string;
  event?: string;
  /** An event's data, whole; absent where the journal has no room for it. */
  data?: string;
  /** The size of the data. */
  bytes?: number;
  /** How many clients of the gateway get an event. */
  sockets?: number;
  /** The `pusher:error` that a refused client got. */
  frame?: string;
  method?: string;
  /** Of a request: below the app's address, if it is about one. Of a refused client: where it looked for an app. */
  path?: string;
  /** Of a request: what was answered. Of a webhook: its receiver's answer. */
  status?: number;
  /** Of a page or a name that was turned away for the first time: which. */
  who?: string;
  /** Of a request that was refused: the answer's text. Of who was turned away: why, and what would change that. */
  body?: string | null;
  /** On `unheard`: a channel of a similar name that has subscribers. */
  meant?: string;
  /** On `lost`: how many things happened too fast to be told. */
  count?: number;
  /** On `unknownId`: the id that is not the app's. */
  id?: string;
  /** On `refused`: the option that it was beyond. */
  limit?: string;
  /** A key that the app does not know. */
  key?: string;
  /** What would have been right instead of that key, id or path. */
  expected?: string;
  /** Of a webhook: its receiver, `"handler"` for one in this process. */
  to?: string;
  /** Of a webhook: the names of its events. */
  events?: string[];
  /** Of a webhook without an answer: why. */
  error?: string;
}

/** What is in force where nothing else is said. */
export const LISTEN_DEFAULTS = {
  host: "127.0.0.1",
  wsPath: "",
  apps: [],
  origins: [],
  webhooks: [],
  maxQueuedBytes: 1_048_576,
  maxQueuedWrites: 8192,
} satisfies ListenOptions;
const MAX_PORT = 65_535;
/** What every bound fits into. */
const LARGEST = 2 ** 32 - 1;

const BOUNDS = ["maxConnections", "messagesPerSecond", "maxQueuedBytes", "maxQueuedWrites"] as const;
const NAMES: readonly string[] = [
  "port",
  "host",
  "wsPath",
  "apps",
  "origins",
  "token",
  "tls",
  ...BOUNDS,
  "webhooks",
  "onActivity",
  "attach",
];

/** Throws a TypeError or RangeError that names what is wrong. `own` is the app that is served anyway. */
export function checkListenOptions(options: ListenOptions, own: { id: string; key: string }): void {
  checkObject(options, "listen() takes an object such as { port: 6001 }");
  checkNames(options, NAMES, "listen()", "option");
  const { port = DEFAULT_PORT, host = DEFAULT_HOST, wsPath = "", apps = [], onActivity } = options;
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new RangeError(
      `pushrig: the port of listen() is a whole number from 0 (any free one) to ${MAX_PORT}, not ${show(port)}`,
    );
  }
  checkAskable(port, "the port of listen()");
  if (typeof host !== "string" || host === "" || /[/\s]/.test(host)) {
    throw new TypeError(
      `pushrig: the host of listen() is an address or a name without scheme and port, such as "127.0.0.1", not ${show(host)}`,
    );
  }
  checkSwitch(options.attach, "the option attach of listen()");
  if (options.attach === true && port === 0) {
    throw new RangeError(
      "pushrig: listen({ attach: true }) needs a port, by which processes meet; port 0 is another one for each. Leave it out, or set PUSHRIG_PORT",
    );
  }
  checkWsPath(wsPath, "the wsPath of listen()");
  if (options.origins !== undefined) checkOrigins(options.origins, "the option origins of listen()");
  if (options.token !== undefined) checkToken(options.token, "the option token of listen()");
  if (options.tls !== undefined) checkTls(options.tls);
  for (const name of BOUNDS) {
    checkWhole(options[name], 1, LARGEST, `${name} of listen()`);
  }
  checkFunction(onActivity, "the option onActivity of listen()");
  checkList(apps, "the option apps of listen() is a list of { id, key, secret }");
  const ids = new Set([own.id]);
  const keys = new Set([own.key]);
  for (const app of apps) {
    checkApp(app, "listen()");
    if (ids.has(app.id)) throw twice("id", app.id);
    if (keys.has(app.key)) throw twice("key", app.key);
    ids.add(app.id);
    keys.add(app.key);
  }
}

/** Throws a TypeError for a path that clients would not write as it stands here, or that no address begins with. */
export function checkWsPath(path: unknown, what: string): void {
  if (path === "") return;
  if (typeof path === "string" && /^\/[^?#\s\\]*(?<!\/)$/.test(path) && !/\/\.{1,2}(\/|$)/.test(decoded(path) ?? "/."))
    return;
  throw new TypeError(
    `pushrig: ${what} starts with a slash and ends without one, as in /ws; between slashes it has no "." and no "..", ` +
      `anywhere no "?", "#", backslash or space, and "%" only as in "%C3%A9"; not ${show(path)}`,
  );
}

/** Without percent signs; `undefined` if they stand for nothing. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function checkTls(tls: TlsOptions): void {
  const example = '{ cert: "cert.pem", key: "key.pem" }';
  if (typeof tls !== "object" || tls === null) {
    throw new TypeError(`pushrig: the option tls of listen() is an object such as ${example}, not ${show(tls)}`);
  }
  checkNames(tls, ["cert", "key", "passphrase"], "the option tls of listen()", "field");
  for (const [name, other] of [
    ["cert", "key"],
    ["key", "cert"],
  ] as const) {
    const value = tls[name];
    if (value === undefined) {
      const given = tls[other] === undefined ? "neither cert nor key" : `a ${other} and no ${name}`;
      throw new TypeError(`pushrig: the option tls of listen() has ${given}; give both, as in ${example}`);
    }
    if ((typeof value === "string" && value !== "") || value instanceof Uint8Array) continue;
    throw new TypeError(`pushrig: the ${name} of tls is PEM text or the path of a PEM file, not ${show(value)}`);
  }
  if (tls.passphrase === undefined || typeof tls.passphrase === "string") return;
  throw new TypeError(`pushrig: the passphrase of tls is a string, not ${show(tls.passphrase)}`);
}

function twice(what: string, value: string): TypeError {
  return new TypeError(
    `pushrig: two apps of listen() have the ${what} ${show(value)}, and clients could not tell them apart; give each its own`,
  );
}
