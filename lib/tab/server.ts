/** npm `pusher` in a page of Vitest's browser mode: what it publishes goes out by the gateway of the test file. */

import type { Strictness } from "../app/strictness.js";
import { show } from "../base/shown.js";
import { RemoteError } from "../remote/remote-error.js";
import { RequestError, WebHookError } from "../server/errors.js";
import {
  validateChannel,
  validateEventName,
  validateSocketId,
  validateUserData,
  validateUserId,
} from "../server/rules.js";
import { caughtUp } from "./clients.js";
import { askGateway, gatewayUrl } from "./gateway.js";
import { atCaller, later } from "./later.js";
import { signed } from "./signing.js";

/** What `trigger` of the SDK takes. */
interface Parameters {
  socket_id?: string;
  info?: string;
}

/** A member of a presence channel, as `authorizeChannel` takes it. */
interface Member {
  user_id: string;
  user_info?: unknown;
}

/** Who signs in, as `authenticateUser` takes it. */
interface User {
  id: string;
  user_info?: unknown;
  watchlist?: string[];
}

interface Published {
  channel?: readonly string[];
  /** Of a user, in place of channels. */
  to?: string;
  event: string;
  data: unknown;
  socketId?: string;
}

/**
 * Publishes what this page's clients can hear, and resolves once they have had it: first what they have asked for comes about, as it
 * would have in Node before the call.
 */
export function publish(event: Published): Promise<void> {
  const publishing = (async () => {
    await beforePublishing();
    await caughtUp();
    await askGateway("trigger", event);
    await delivered();
  })();
  underWay.add(publishing);
  const end = (): void => void underWay.delete(publishing);
  publishing.then(end, end);
  return publishing;
}

/** What is being published, also what nobody awaits. */
const underWay = new Set<Promise<void>>();

/** Resolves once nothing is being published any more. */
export async function allPublished(): Promise<void> {
  await Promise.allSettled(underWay);
}

/** What is held back by a fault, or sent to a cable that is out, is not waited for longer: milliseconds. */
const PATIENCE = 250;

/** Until the gateway has written to sockets what it has for them, and this page has had it. */
async function delivered(): Promise<void> {
  await askGateway("wait", { for: "idle", timeout: PATIENCE }).catch(() => {});
  await caughtUp();
}

/** Secrets of the servers that this page has made. */
export const secrets = new Set<string>();

let beforePublishing = (): Promise<void> => Promise.resolve();

/** Who writes things down as they happen has to know before what may not be written. */
export function beforePublishingDo(act: () => Promise<void>): void {
  beforePublishing = act;
}

let strictness: Strictness | undefined;

/** What is called from now on is held to this. */
export function holdTo(given: Strictness): void {
  strictness = given;
}

type Publishing = "trigger" | "triggerBatch" | "sendToUser";

/** Somebody may have to await it. */
function called(method: Publishing, args: unknown[], response: Promise<Response>): Promise<Response> {
  if (strictness === undefined) return response;
  const text = `${method}(${args.map(show).join(", ")})`;
  return strictness.awaited(response, { text, after: strictness.seq, by: TabServer.prototype[method] });
}

const ELSEWHERE =
  "does not work in a page of Vitest's browser mode: it signs with a secret, or asks the service, which is a server's work. ";

function refusing(method: string, instead: string) {
  return (): never => {
    throw new Error(`pushrig: MockPusherServer.${method}() ${ELSEWHERE}${instead}`);
  };
}

/** The class as npm `pusher` has it. */
export class TabServer {
  readonly config: object;

  constructor(options: object = {}) {
    if (typeof options !== "object" || options === null) {
      throw new TypeError(
        'pushrig: new Pusher() takes options such as { appId: "1", key: "key", secret: "secret", cluster: "eu" }',
      );
    }
    this.config = options;
    const { secret, encryptionMasterKeyBase64 } = options as Record<string, unknown>;
    for (const one of [secret, encryptionMasterKeyBase64]) if (typeof one === "string") secrets.add(one);
  }

  static forURL(url: string, options: object = {}): TabServer {
    return new TabServer({ url, ...options });
  }

  static forCluster(cluster: string, options: object = {}): TabServer {
    return new TabServer({ cluster, ...options });
  }

  // oxlint-disable-next-line typescript/no-extraneous-class -- nothing is signed here
  static Token = class Token {};
  static RequestError = RequestError;
  static WebHookError = WebHookError;

  trigger(channels: string | string[], event: string, data: unknown, params: Parameters = {}): Promise<Response> {
    if (params.socket_id) validateSocketId(params.socket_id);
    const all = Array.isArray(channels) ? channels : [channels];
    if (all.length > 100) throw new Error("Can't trigger a message to more than 100 channels");
    validateEventName(event);
    for (const channel of all) validateChannel(channel);
    const { socket_id: socketId } = params;
    const response = answered("/events", () => publish({ channel: all, event, data, ...(socketId && { socketId }) }));
    return called("trigger", [channels, event], response);
  }

  triggerBatch(batch: Array<{ channel: string; name: string; data: unknown; socket_id?: string }>): Promise<Response> {
    const response = answered("/batch_events", async () => {
      for (const { channel, name, data, socket_id: socketId } of batch) {
        await publish({ channel: [channel], event: name, data, ...(socketId && { socketId }) });
      }
    });
    return called("triggerBatch", [batch], response);
  }

  sendToUser(userId: string, event: string, data: unknown): Promise<Response> {
    validateEventName(event);
    validateUserId(userId);
    const response = answered("/events", () => publish({ to: userId, event, data }));
    return called("sendToUser", [userId, event], response);
  }

  /** Signed by the gateway, and so later than in Node. */
  authorizeChannel(socketId: string, channel: string, data?: Member): Promise<object> {
    validateSocketId(socketId);
    validateChannel(channel);
    return later("authorizeChannel()", () => signed("auth", socketId, { channel_name: channel, ...data }));
  }

  authenticate(socketId: string, channel: string, data?: Member): Promise<object> {
    return this.authorizeChannel(socketId, channel, data);
  }

  /** Signed by the gateway, and so later than in Node. */
  authenticateUser(socketId: string, userData: User): Promise<object> {
    validateSocketId(socketId);
    validateUserData(userData);
    const { id, user_info: info, watchlist } = userData;
    return later("authenticateUser()", () =>
      signed("user-auth", socketId, { user_id: id, user_info: info, watchlist }),
    );
  }

  webhook = refusing("webhook", "Test what takes webhooks in Node.");
  createSignedQueryString = refusing("createSignedQueryString", "Test it in Node.");
  channelSharedSecret = refusing("channelSharedSecret", "Test it in Node.");
  terminateUserConnections = refusing(
    "terminateUserConnections",
    "await network().drop(client, { code: 4009 }) ends a connection.",
  );
  get = refusing("get", "await pusherMockState.getState() knows who is where.");
  post = refusing("post", "trigger() publishes.");
}

/** As the SDK answers, with its error for what is refused. A promise as in Node, so nobody has to await it. */
async function answered(path: string, act: () => Promise<void>): Promise<Response> {
  try {
    await atCaller(act());
  } catch (error) {
    if (!(error instanceof RemoteError) || error.status === undefined) throw error;
    const { message, status } = error;
    throw new RequestError(
      `Unexpected status code ${status}`,
      `${gatewayUrl()}/apps${path}`,
      undefined,
      status,
      `${message}\n`,
    );
  }
  return new Response("{}", { status: 200, headers: { "content-type": "application/json" } });
}
