/** One question to a gateway, and its answer. */

import { realNow, realTimers } from "../base/fakes.js";
import { gatewayAddress } from "../options/gateway-address.js";
import {
  isAborted,
  isAway,
  noAnswer,
  noFetch,
  noGateway,
  notAdmitted,
  notPushrig,
  otherVersion,
  RemoteError,
  wasRefused,
} from "./remote-error.js";
import { type ErrorCode, type Failed, type StateNow, VERSION } from "./shapes.js";

// Tests fake timers and dates; whether a gateway answers is a matter of real time.
const { clearTimeout, setTimeout } = realTimers;

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface RemoteOptions {
  /** The gateway's token: for one on another machine, in a container or behind a proxy. */
  token?: string | undefined;
  /** The id or key of the app that is meant. Default: the gateway's first. */
  app?: string | undefined;
  /** Milliseconds that waiters wait. Default 1,000. */
  timeout?: number | undefined;
  /** What texts put before the name of a method: `pusher` where a test has it under that name. */
  called?: string | undefined;
  /** Default: that of the realm. */
  fetch?: Fetch | undefined;
  /** Milliseconds in which another process may take the gateway's place: what nobody was there for is asked again. Default 0. */
  takeover?: number | undefined;
  /** From then on nothing is answered any more, neither what was asked nor what is: nobody is there to hear it. */
  until?: AbortSignal | undefined;
}

/** Milliseconds that a gateway may take besides what it is to wait. */
const PATIENCE = 10_000;
/** Milliseconds between two looks at one that comes back. */
const LOOK_INTERVAL = 50;

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export class Exchange {
  /** The gateway's address, without a slash at the end. */
  readonly url: string;
  readonly options: RemoteOptions;
  readonly #fetch: Fetch;

  /** @throws TypeError for what is no address of a gateway */
  constructor(url: string, options: RemoteOptions) {
    const { origin, pathname } = gatewayAddress(url, "the address of a gateway");
    this.url = origin + pathname.replace(/\/+$/, "");
    this.options = options;
    const { fetch = globalThis.fetch?.bind(globalThis) } = options;
    if (typeof fetch !== "function") throw noFetch(fetch);
    this.#fetch = fetch as Fetch;
  }

  address(route: string, query: Query = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...query, app: query.app ?? this.options.app })) {
      if (value !== undefined) search.set(name, Array.isArray(value) ? value.join(",") : String(value));
    }
    const text = search.toString();
    return `${this.url}/pushrig/v${VERSION}/${route}${text && `?${text}`}`;
  }

  /** @param patience milliseconds that it may take */
  get(route: string, query?: Query, signal?: AbortSignal, patience: number = PATIENCE): Promise<unknown> {
    return this.#ask("GET", this.address(route, query), undefined, patience, signal);
  }

  /** @param wait milliseconds that the gateway is to wait */
  post(
    route: string,
    body: object,
    { wait = 0, signal }: { wait?: number; signal?: AbortSignal } = {},
  ): Promise<unknown> {
    return this.#ask("POST", this.address(route), JSON.stringify(body), wait + PATIENCE, signal);
  }

  /** Resolves once a gateway answers there that has started after `startedAt`. */
  async untilBack(startedAt: number): Promise<void> {
    const end = realNow() + PATIENCE;
    for (;;) {
      try {
        const { gateway } = (await this.get("state")) as StateNow;
        if (gateway.startedAt > startedAt) return;
      } catch (error) {
        if (!isAway(error) || realNow() > end) throw error;
      }
      if (realNow() > end) throw noAnswer(this.url, PATIENCE);
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
    }
  }

  get #isOver(): boolean {
    return this.options.until?.aborted === true;
  }

  async #ask(
    method: string,
    address: string,
    body: string | undefined,
    patience: number,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const { until } = this.options;
    if (this.#isOver) return unanswered();
    const given = new AbortController();
    const stop = (): void => given.abort(signal?.reason);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      given.abort();
    }, patience);
    signal?.addEventListener("abort", stop);
    until?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    try {
      const response = await this.open(address, { method, body, signal: given.signal });
      return await this.#read(response);
    } catch (error) {
      if (this.#isOver) return await unanswered();
      throw isLate && isAborted(error) ? noAnswer(this.url, patience) : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      until?.removeEventListener("abort", stop);
    }
  }

  /** What answers, whatever it says. No content type: a page elsewhere on this machine asks without asking whether it may. */
  async open(address: string, init: RequestInit): Promise<Response> {
    const { token } = this.options;
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const end = realNow() + (this.options.takeover ?? 0);
    for (;;) {
      try {
        return await this.#fetch(address, { ...init, headers, cache: "no-store", redirect: "manual" });
      } catch (error) {
        if (isAborted(error)) throw error;
        // What was cut in the middle may have been done.
        if (!wasRefused(error) || realNow() >= end) throw noGateway(this.url, error);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
    }
  }

  async #read(response: Response): Promise<unknown> {
    if (response.status === 200) {
      const answer = parsed(await response.text());
      if (typeof answer === "object" && answer !== null) return answer;
    }
    throw await this.failure(response);
  }

  /** Why an answer is none. */
  async failure(response: Response): Promise<RemoteError> {
    const { status } = response;
    const text = response.bodyUsed ? "" : await response.text();
    const { code, message } = Object((Object(parsed(text)) as Partial<Failed>).error) as {
      code?: ErrorCode;
      message?: unknown;
    };
    if (typeof code === "string" && typeof message === "string") {
      if (code === "unknown-version") return otherVersion(this.url, (await this.#health())?.version, status);
      const isKeptOut = code === "unauthorized" || code === "forbidden";
      if (isKeptOut) return notAdmitted(message, status, this.options.token !== undefined);
      return new RemoteError(code, message, status);
    }
    const health = await this.#health();
    if (health === undefined) return notPushrig(this.url, status);
    // It keeps out whoever it does not know in plain text as well.
    if (status === 401 || status === 403) return notAdmitted(text.trim(), status, this.options.token !== undefined);
    return otherVersion(this.url, health.version, status);
  }

  /** What a gateway of any version says of itself; undefined where something else answers. */
  async #health(): Promise<{ version?: unknown } | undefined> {
    try {
      const response = await this.#fetch(`${this.url}/health`, { cache: "no-store", redirect: "manual" });
      const health = Object(parsed(await response.text())) as { name?: unknown; version?: unknown };
      return health.name === "pushrig" ? health : undefined;
    } catch {
      return undefined;
    }
  }
}

function unanswered(): Promise<never> {
  return new Promise(() => {});
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
