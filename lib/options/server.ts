import type { Agent } from "node:http";
import { MOCK_CREDENTIALS } from "./defaults.js";
import { gatewayAddress } from "./gateway-address.js";
import { isPublicService } from "./public-service.js";
import { Token } from "../base/token.js";

/** The options of npm `pusher`. Credentials that are `undefined` take the mock's, so that unset environment variables work. */
export interface ServerOptions {
  appId?: string | number | undefined;
  key?: string | undefined;
  secret?: string | undefined;
  cluster?: string | undefined;
  /** A server elsewhere, for example another process's gateway. Without it the app in this process answers. */
  host?: string | undefined;
  port?: string | number | undefined;
  scheme?: string | undefined;
  useTLS?: boolean | undefined;
  /** @deprecated Use `useTLS`. */
  encrypted?: boolean | undefined;
  /** Milliseconds; 0 or undefined for none. */
  timeout?: number | undefined;
  agent?: Agent | ((url: URL) => Agent | boolean | undefined) | undefined;
  /** 32 bytes in base64. */
  encryptionMasterKeyBase64?: string | undefined;
  /** @deprecated Use `encryptionMasterKeyBase64`. */
  encryptionMasterKey?: string | undefined;
}

/** `server.config`: the fields and their order are those of npm `pusher` 5.3.4. */
export class ServerConfig {
  scheme: string;
  port: string | number | undefined;
  appId: string | number;
  token: Token;
  timeout: number | undefined;
  agent: ServerOptions["agent"];
  /** 32 bytes; the field does not exist when no key is given. */
  declare encryptionMasterKey?: Buffer;
  declare host: string;
  readonly #prefix: string;

  constructor(options: ServerOptions) {
    // No options at all fail where the SDK fails: at `options.host`, below.
    const given = options || {};
    const useTLS = wantsTLS(given);
    this.scheme = given.scheme || (useTLS ? "https" : "http");
    this.port = given.port;
    this.appId = given.appId === undefined ? MOCK_CREDENTIALS.appId : given.appId;
    this.token = new Token(
      given.key === undefined ? MOCK_CREDENTIALS.key : given.key,
      given.secret === undefined ? MOCK_CREDENTIALS.secret : given.secret,
    );
    this.timeout = given.timeout;
    this.agent = given.agent;
    const masterKey = readMasterKey(given);
    if (masterKey) this.encryptionMasterKey = masterKey;
    this.host = options.host || hostOfCluster(options.cluster);
    this.#prefix = (options as { [PREFIX]?: string })[PREFIX] ?? "";
  }

  /** `scheme://host[:port]`, and the path of `PUSHRIG_URL` if that is meant. */
  getBaseURL(): string {
    const port = this.port ? `:${this.port}` : "";
    return `${this.scheme}://${this.host}${port}${this.#prefix}`;
  }

  /** The path in the HTTP API of this app. */
  prefixPath(path: string): string {
    return `/apps/${this.appId}${path}`;
  }
}

/**
 * Whether `host` names a server other than Pusher's own. The mock never talks to the real service: `forURL` and `forCluster`,
 * which always name a host, are answered in this process unless that host is the user's.
 */
export function isElsewhere(host: unknown): boolean {
  return Boolean(host) && !isPublicService(host);
}

/** What comes before the paths of a gateway that the environment names. npm `pusher` has no option for it. */
const PREFIX = Symbol("pushrig.prefix");

/** The options of a server whose API is below an address. */
export function optionsAt({ protocol, hostname, port, pathname }: URL): ServerOptions {
  const isSecure = protocol === "https:";
  const scheme = isSecure ? "https" : "http";
  const options = { scheme, host: hostname, port: port === "" ? (isSecure ? 443 : 80) : Number(port) };
  return { ...options, [PREFIX]: pathname.replace(/\/+$/, "") } as ServerOptions;
}

/**
 * The options with the address of the gateway that the environment (`PUSHRIG_URL`) names, where they name no server of the user's: then
 * that process's broker is meant.
 *
 * @throws TypeError when the variable is no gateway's address
 */
export function throughGateway(options: ServerOptions): ServerOptions {
  if (!options || isElsewhere(options.host)) return options;
  const named = namedGateway();
  if (named === undefined) return options;
  const { protocol, hostname, port, pathname } = named.address;
  const there = { scheme: protocol.slice(0, -1), host: hostname, port: port || undefined };
  return { ...options, ...there, [PREFIX]: pathname.replace(/\/+$/, "") } as ServerOptions;
}

/**
 * The gateway that is meant where a server names no host, and who says so.
 *
 * @throws TypeError when it is no gateway's address
 */
export function namedGateway(): { address: URL; by: string } | undefined {
  const { PUSHRIG_URL } = process.env;
  if (!PUSHRIG_URL) return undefined;
  return { address: gatewayAddress(PUSHRIG_URL, "PUSHRIG_URL"), by: "PUSHRIG_URL" };
}

function hostOfCluster(cluster: string | undefined): string {
  if (cluster === undefined) return `api-${MOCK_CREDENTIALS.cluster}.pusher.com`;
  return cluster ? `api-${cluster}.pusher.com` : "api.pusherapp.com";
}

function wantsTLS({ useTLS, encrypted }: ServerOptions): boolean | undefined {
  if (useTLS !== undefined && encrypted !== undefined) {
    throw new Error("Cannot set both `useTLS` and `encrypted` configuration options");
  }
  if (useTLS === undefined && encrypted !== undefined) {
    console.warn("`encrypted` option is deprecated in favor of `useTLS`");
    return encrypted;
  }
  return useTLS;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Never puts the key into a message: messages end in logs. */
function readMasterKey(options: ServerOptions): Buffer | undefined {
  const { encryptionMasterKey: text, encryptionMasterKeyBase64: base64 } = options;
  if (text !== undefined) {
    if (base64 !== undefined) {
      throw new Error(
        "Do not specify both encryptionMasterKey and encryptionMasterKeyBase64. " +
          "encryptionMasterKey is deprecated, please specify only encryptionMasterKeyBase64.",
      );
    }
    console.warn("`encryptionMasterKey` option is deprecated in favor of `encryptionMasterKeyBase64`");
    if (typeof text !== "string") throw new Error("encryptionMasterKey must be a string");
    // Characters, not bytes: the SDK lets 32 two-byte characters pass.
    if (text.length !== 32) {
      throw new Error(`encryptionMasterKey must be 32 bytes long, but the provided key is ${text.length} bytes long`);
    }
    return Buffer.from(text);
  }
  if (base64 === undefined) return undefined;
  if (typeof base64 !== "string") throw new Error("encryptionMasterKeyBase64 must be a string");
  if (!BASE64.test(base64)) throw new Error("encryptionMasterKeyBase64 must be valid base64");
  const key = Buffer.from(base64, "base64");
  if (key.length !== 32) {
    throw new Error(
      `encryptionMasterKeyBase64 must decode to 32 bytes, but the provided key decodes to ${key.length} bytes`,
    );
  }
  return key;
}

/** The gateway that is named elsewhere than in the options, if this is its server. */
export function followed({ host, port }: ServerConfig): ReturnType<typeof namedGateway> {
  const named = namedGateway();
  return named?.address.hostname === host && named.address.port === String(port ?? "") ? named : undefined;
}
