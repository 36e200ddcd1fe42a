import { parse, type UrlWithStringQuery } from "node:url";
import { NativePusherServer } from "../native/addon.js";
import { crypto } from "../base/builtin.js";
import { callSite } from "../base/call-site.js";
import { answered, claimedThere, mayEnter, send, signedUrl } from "./request.js";
import type * as Attached from "./attached.js";
import { createSignedQueryString, type Params, type SignedQueryStringOptions } from "./signed.js";
import type { ApiAnswer } from "../native/rejection.js";
import type { Response } from "./response.js";
import { thrown } from "../app/journal.js";
import { refusalOf, refuseAnswer, refuseAnswerLater } from "../app/refused-answer.js";
import { attachmentOf, attachmentOfServer, elsewhere } from "../app/elsewhere.js";
import { type Attachment, credentialsThere } from "../base/attachment.js";
import { askedRequests } from "../base/request-app.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import { requestRig } from "../app/request-rig.js";
import type { Rig } from "../app/rig.js";
import { show } from "../base/shown.js";
import { callingLine } from "../base/source-line.js";
import type { ServerCall } from "../app/strictness.js";
import { namesRig, rigForServer } from "../app/rigs.js";
import { seal } from "../native/secretbox.js";
import { RequestError, WebHookError } from "./errors.js";
import { isElsewhere, ServerConfig, throughGateway, type ServerOptions } from "../options/server.js";
import { Token } from "../base/token.js";
import { USER_CHANNEL } from "../base/user-channel.js";
import {
  isEncrypted,
  validateChannel,
  validateEventName,
  validateSocketId,
  validateUserData,
  validateUserId,
} from "./rules.js";
import type * as Received from "./received-webhook.js";

export interface TriggerParams {
  /** The connection that does not receive the event. */
  socket_id?: string | undefined;
  /** Attributes of the channels to answer, for example `subscription_count,user_count`. */
  info?: string | undefined;
}

export interface BatchEvent extends TriggerParams {
  channel: string;
  name: string;
  data: unknown;
}

export interface RequestOptions {
  /** Below `/apps/{id}`, for example `/channels`. */
  path: string;
  params?: Params;
}

export interface PostOptions extends RequestOptions {
  /** Sent as JSON. The types of npm `pusher` say string; what it takes, and expects, is an object. */
  body: unknown;
}

export interface PresenceChannelData {
  user_id: string;
  user_info?: { [key: string]: unknown };
}

export interface UserChannelData {
  id: string;
  [key: string]: unknown;
}

export interface ChannelAuthResponse {
  auth: string;
  channel_data?: string;
  shared_secret?: string;
}

export interface UserAuthResponse {
  auth: string;
  user_data: string;
}

/** What `forURL` takes for granted: a URL without it fails where it fails in the SDK. */
type UrlPart = "protocol" | "hostname" | "port" | "pathname" | "auth";

/** Where a server keeps its rig: not enumerable, and found through proxies and in subclasses, unlike a private field. */
const CURRENT_RIG = Symbol("pushrig.rig");

// A class body cannot say that a method is the same function as another one.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface MockPusherServer {
  /** @deprecated Use `authorizeChannel`: it is the same function. */
  authenticate(socketId: string, channel: string, data?: PresenceChannelData): ChannelAuthResponse;
}

/**
 * npm `pusher` 5.3.4 on the broker of this process, or with `host` on a server elsewhere.
 *
 * Wrong arguments throw at once, with the SDK's texts; what the HTTP API refuses rejects with a {@link RequestError}.
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class MockPusherServer extends NativePusherServer {
  config: ServerConfig;
  /** @internal */
  declare readonly [CURRENT_RIG]: (() => Rig) | undefined;

  static forURL = function (url: string, options?: ServerOptions): MockPusherServer {
    const { protocol, hostname, port, pathname, auth } = parse(url) as UrlWithStringQuery & Record<UrlPart, string>;
    const path = pathname.split("/");
    const [key, secret] = auth.split(":");
    return new MockPusherServer({
      ...options,
      scheme: protocol.replace(/:$/, ""),
      host: hostname,
      port: parseInt(port, 10) || undefined,
      // NaN for an id that is not a number, as in the SDK.
      appId: parseInt(path[path.length - 1], 10),
      key,
      secret,
    });
  } as {
    /** The credentials, host and numeric app id of `scheme://key:secret@host:port/apps/id`; they override the options. */
    (url: string, options?: ServerOptions): MockPusherServer;
    new (url: string, options?: ServerOptions): MockPusherServer;
  };

  static forCluster = function (cluster: string, options?: ServerOptions): MockPusherServer {
    return new MockPusherServer({ ...options, host: `api-${cluster}.pusher.com` });
  } as {
    /** The host of the cluster; it overrides the options. */
    (cluster: string, options?: ServerOptions): MockPusherServer;
    new (cluster: string, options?: ServerOptions): MockPusherServer;
  };

  static Token = Token;
  static RequestError = RequestError;
  static WebHookError = WebHookError;

  constructor(given: ServerOptions) {
    // Not shown: a URL has the secret in it, and messages end in logs.
    if (given != null && typeof given !== "object") {
      throw new TypeError(
        `pushrig: new MockPusherServer() takes an object { appId, key, secret, cluster }, not a ${typeof given}; ` +
          "for a URL there is MockPusherServer.forURL(url)",
      );
    }
    const options = namesRig(given) ? given : throughGateway(given);
    const config = new ServerConfig(options);
    super();
    this.config = config;
    const rig = isElsewhere(options.host) ? undefined : rigForServer(options, config, whereMade);
    // Where the environment says so, this process attaches before the first event.
    if (rig !== undefined && !namesRig(options)) elsewhere();
    Object.defineProperty(this, CURRENT_RIG, { value: rig });
  }

  /** Signs a subscription to any channel; presence data is signed and answered as `channel_data`. */
  authorizeChannel(socketId: string, channel: string, data?: PresenceChannelData): ChannelAuthResponse {
    validateSocketId(socketId);
    validateChannel(channel);
    const { encryptionMasterKey } = this.config;
    const token = signing(this);
    const result = {} as ChannelAuthResponse;
    const signed = [socketId, channel];
    if (data) signed.push((result.channel_data = JSON.stringify(data)));
    result.auth = `${token.key}:${token.sign(signed.join(":"))}`;
    if (isEncrypted(channel)) {
      if (encryptionMasterKey === undefined) {
        throw new Error("Cannot generate shared_secret because encryptionMasterKey is not set");
      }
      result.shared_secret = Buffer.from(this.channelSharedSecret(channel)).toString("base64");
    }
    refuse(this, socketId, channel);
    return result;
  }

  /** Signs in a user. */
  authenticateUser(socketId: string, userData: UserChannelData): UserAuthResponse {
    validateSocketId(socketId);
    validateUserData(userData);
    const token = signing(this);
    const user_data = JSON.stringify(userData);
    refuse(this, socketId);
    return { auth: `${token.key}:${token.sign(`${socketId}::user::${user_data}`)}`, user_data };
  }

  /** Sends an event to every connection of a signed-in user. */
  sendToUser(userId: string, event: string, data: unknown): Promise<Response> {
    validateEventName(event);
    validateUserId(userId);
    const body = { name: event, data: asText(data), channels: [USER_CHANNEL + userId] };
    return posted(this, { path: "/events", body }, "sendToUser", [userId, event]);
  }

  /** Closes the connections on which the user is signed in. */
  terminateUserConnections(userId: string): Promise<Response> {
    validateUserId(userId);
    return this.post({ path: `/users/${userId}/terminate_connections`, body: {} });
  }

  /** Publishes to one channel or to at most 100. */
  override trigger(
    channel: string | string[],
    event: string,
    data: unknown,
    params?: TriggerParams,
  ): Promise<Response> {
    const channels = Array.isArray(channel) ? channel : [channel];
    try {
      if (params && params.socket_id) validateSocketId(params.socket_id);
      validateEventName(event);
      if (channels.length > 100) throw new Error("Can't trigger a message to more than 100 channels");
      for (const name of channels) validateChannel(name);
    } catch (error) {
      noteRejected(this, channels, event, error);
      throw error;
    }

    if (channels.some(isEncrypted)) {
      if (channels.length > 1) {
        throw new Error("You cannot trigger to multiple channels when using encrypted channels");
      }
      data = encrypt(this, channels[0], data);
    }
    const text = asText(data);
    const rig = this[CURRENT_RIG]?.();
    const line = rig?.journal.tellsLines ? callingLine(OWN.trigger) : undefined;
    const published = publish(this, rig, { channels, event, data: text, params, line });
    if (published) return published;
    const body = { name: event, data: text, channels, ...params };
    return posted(this, { path: "/events", body }, "trigger", [channel, event]);
  }

  /** Publishes up to 10 events. Replaces each event's `data` by the text that is sent, as the SDK does. */
  triggerBatch(batch: BatchEvent[]): Promise<Response> {
    for (let i = 0; i < batch.length; i++) {
      const event = batch[i];
      const text = isEncrypted(event.channel) ? encrypt(this, event.channel, event.data) : asText(event.data);
      // A frozen event keeps its data and is sent with it: the SDK is no strict-mode code.
      Reflect.set(event, "data", text);
    }
    return posted(this, { path: "/batch_events", body: { batch } }, "triggerBatch", [batch]);
  }

  /** A POST to the HTTP API. */
  post(options: PostOptions): Promise<Response> {
    return send(this.config, this[CURRENT_RIG]?.(), { ...options, method: "POST" });
  }

  /** A GET from the HTTP API, for example `{ path: "/channels", params: { info: "user_count" } }`. */
  get(options: RequestOptions): Promise<Response> {
    return send(this.config, this[CURRENT_RIG]?.(), { ...options, method: "GET" });
  }

  /** Reads a received webhook. */
  webhook(request: Received.WebHookRequest): Received.WebHook {
    // Loaded by the first that is received.
    const { WebHook } = require("./received-webhook.js") as typeof Received;
    return new WebHook(this.config.token, request);
  }

  /** The signed query of a request made by other means; `path` begins with `/apps/{id}`. */
  createSignedQueryString(options: SignedQueryStringOptions): string {
    return createSignedQueryString(signing(this), options);
  }

  /** The key of an encrypted channel: SHA-256 of its name and the master key. */
  channelSharedSecret(channel: string): Buffer {
    const parts = [Buffer.from(channel), this.config.encryptionMasterKey as Buffer];
    return crypto().createHash("sha256").update(Buffer.concat(parts)).digest();
  }
}

/** Where the application makes the server that is being made. */
function whereMade(): string {
  return callSite(MockPusherServer.forURL, MockPusherServer.forCluster, MockPusherServer as never);
}

/** Where the app is that a server signs for, if that is the gateway of another process. */
function thereOf({ config }: MockPusherServer, rig: Rig | undefined): Attachment | undefined {
  return rig === undefined ? claimedThere(config) : attachmentOfServer(rig);
}

/** A test wants it refused: then the answer says so which the signature is for. */
function refuse(server: MockPusherServer, socketId: string, channel?: string): void {
  // Outside of `pushrig/next` nobody knows that answer.
  if (askedRequests() === undefined) return;
  const rig = server[CURRENT_RIG]?.();
  const there = rig !== undefined && rig === requestRig() ? undefined : thereOf(server, rig);
  if (there !== undefined) {
    const { refusalThere } = require("./attached.js") as typeof Attached;
    refuseAnswerLater(() => refusalThere(there, server.config, socketId, channel));
  } else if (rig !== undefined) {
    refuseAnswer(() => refusalOf(rig, socketId, channel));
  }
}

/** What signs outside of requests. Who is the first to do so after a reset has the key, and who is refused is told so. */
function signing(server: MockPusherServer): Token {
  const { config, [CURRENT_RIG]: rigOf } = server;
  const rig = rigOf?.();
  // Whoever is let in there has connected to the app that the request is about.
  if (rig !== undefined && rig === requestRig()) return new Token(rig.app.key, rig.app.secret);
  const there = thereOf(server, rig);
  if (there !== undefined) {
    const { key, secret } = credentialsThere(there, config.token, MOCK_CREDENTIALS);
    return new Token(key, secret);
  }
  rig?.believes(config.token);
  return config.token;
}

/** The methods themselves, whatever subclasses and spies have put in their places. */
const OWN = {
  trigger: MockPusherServer.prototype.trigger,
  triggerBatch: MockPusherServer.prototype.triggerBatch,
  sendToUser: MockPusherServer.prototype.sendToUser,
};

/** What `post` is unless a subclass or a spy replaced it: then every event goes through theirs, as in the SDK. */
const OWN_POST = MockPusherServer.prototype.post;

/** The SDK's methods in its order, enumerable, because it is no ES class. */
const { prototype } = MockPusherServer;
for (const [name, value] of Object.entries({
  authorizeChannel: prototype.authorizeChannel,
  authenticate: prototype.authorizeChannel,
  authenticateUser: prototype.authenticateUser,
  sendToUser: prototype.sendToUser,
  terminateUserConnections: prototype.terminateUserConnections,
  trigger: prototype.trigger,
  triggerBatch: prototype.triggerBatch,
  post: prototype.post,
  get: prototype.get,
  webhook: prototype.webhook,
  createSignedQueryString: prototype.createSignedQueryString,
  channelSharedSecret: prototype.channelSharedSecret,
})) {
  // Deleted first: a property that is only redefined keeps its place.
  Reflect.deleteProperty(prototype, name);
  Object.defineProperty(prototype, name, { value, enumerable: true, writable: true, configurable: true });
}

const ACCEPTED: ApiAnswer = { status: 200, body: "{}" };

/** The SDK itself refuses an event: the broker never hears of it, but whoever asks for it should. */
function noteRejected(
  { [CURRENT_RIG]: rigOf }: MockPusherServer,
  channels: string[],
  event: unknown,
  error: unknown,
): void {
  const rig = rigOf?.();
  if (rig === undefined || attachmentOf(rig) !== undefined) return;
  const { journal } = rig;
  const name = typeof event === "string" ? event : undefined;
  const rejected = { kind: "rejected", event: name, text: thrown(error), line: journal.line() } as const;
  for (const channel of channels.slice(0, MOST_NOTED)) journal.note({ ...rejected, channel: String(channel) });
}

/** Channels of an event that is refused which are written down. */
const MOST_NOTED = 100;

/** What is published, from which line of the application, where that is told. */
interface Publication {
  channels: string[];
  event: string;
  data: string | undefined;
  params: TriggerParams | undefined;
  line: string | undefined;
}

/** The short way of an event to one channel of the app in this process; undefined for every other. */
function publish(
  { config, post }: MockPusherServer,
  rig: Rig | undefined,
  { channels, event, data, params, line }: Publication,
): Promise<Response> | undefined {
  if (rig === undefined || channels.length !== 1 || data === undefined || typeof event !== "string") return undefined;
  if (post !== OWN_POST || attachmentOf(rig) !== undefined || !mayEnter(config, rig)) return undefined;
  let except: string | undefined;
  if (params != null) {
    for (const key of Object.keys(params)) if (key !== "socket_id") return undefined;
    // Empty is absent, as for the service; checked by `trigger` otherwise.
    except = params.socket_id || undefined;
  }
  const { strictness } = rig;
  const after = strictness?.seq;
  const refusal = rig.publish(channels[0], event, data, line, except);
  const response = answered(rig, config, refusal ?? ACCEPTED, () => {
    const body = JSON.stringify({ name: event, data, channels, ...params });
    return signedUrl(config, { method: "POST", path: "/events", body });
  });
  if (strictness === undefined) return response;
  return strictness.awaited(response, called("trigger", [channels[0], event], after));
}

type Publishing = "trigger" | "triggerBatch" | "sendToUser";

/** The long way, on which subclasses and spies may be. */
function posted(
  server: MockPusherServer,
  request: PostOptions,
  method: Publishing,
  args: unknown[],
): Promise<Response> {
  const strictness = server[CURRENT_RIG]?.()?.strictness;
  const after = strictness?.seq;
  const response = server.post(request);
  return strictness === undefined ? response : strictness.awaited(response, called(method, args, after));
}

/** A call as strictness tells of it. */
function called(method: Publishing, args: unknown[], after = 0): ServerCall {
  return { text: `${method}(${args.map(show).join(", ")})`, after, by: OWN[method] };
}

/** Strings are sent as they are, everything else as JSON; undefined, functions and symbols have no text. */
export function asText(data: unknown): string | undefined {
  return typeof data === "string" ? data : JSON.stringify(data);
}

/** The data of an event on an encrypted channel. Strings are encrypted with their quotes, as JSON. */
function encrypt(server: MockPusherServer, channel: string, data: unknown): string {
  if (server.config.encryptionMasterKey === undefined) {
    throw new Error("Set encryptionMasterKey before triggering events on encrypted channels");
  }
  const text = JSON.stringify(data);
  if (text === undefined) throw new TypeError("expected string");
  const nonce = crypto().randomBytes(24);
  const box = seal(Buffer.from(text), nonce, server.channelSharedSecret(channel));
  return JSON.stringify({
    nonce: nonce.toString("base64"),
    ciphertext: Buffer.from(box).toString("base64"),
  });
}
