/** Requests of a server whose app is at the gateway of another process: by HTTP, signed with what that gateway knows. */

import type { AnsweredRefusal } from "../app/answer-instead.js";
import { type Attachment, credentialsThere } from "../base/attachment.js";
import { realDate, realNow, realTimers } from "../base/fakes.js";
import { Token } from "../base/token.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import type { ServerConfig } from "../options/server.js";
import { AbortError, FetchError, RequestError, withCause } from "./errors.js";
import { sendOverHttp } from "./http.js";
import { type ApiRequest, signedQueryString, headersOf, refusal } from "./signed.js";
import type { Response } from "./response.js";

const { clearTimeout, setTimeout } = realTimers;

/** Milliseconds after which it is said that nobody answers, and after which nobody waits any more. */
const PATIENCE = 2_000;
const LIMIT = 10_000;
/** Milliseconds in which another process has the gateway when its owner has ended. */
const TAKEOVER_TIME = 3_000;
/** Milliseconds between two attempts. */
const PAUSE = 50;

/** Owners of whom it was said that they do not answer. */
const told = new Set<string>();

/** As `send` of request.ts. */
export async function sendAttached(there: Attachment, config: ServerConfig, request: ApiRequest): Promise<Response> {
  const end = realNow() + TAKEOVER_TIME;
  for (;;) {
    try {
      return await attempt(there, config, request);
    } catch (error) {
      // Nobody has taken the request: it is tried again where the gateway is by then.
      if (!isUnheard(error) || there.by === "PUSHRIG_URL" || realNow() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

async function attempt(there: Attachment, config: ServerConfig, request: ApiRequest): Promise<Response> {
  try {
    await there.ready();
  } catch (error) {
    throw failure(there.url, error);
  }
  const { token: own, appId, timeout = LIMIT, agent } = config;
  const { id, key, secret } = credentialsThere(there, own, MOCK_CREDENTIALS);
  if (there.takesAnyKey && key !== MOCK_CREDENTIALS.key) await there.introduce(key, secret).catch(() => {});
  const path = `/apps/${there.apps.some((app) => app.id === String(appId)) ? appId : (id ?? appId)}${request.path}`;
  const query = signedQueryString(new Token(key, secret), { ...request, path }, realDate());
  const url = `${there.url}${path}?${query}`;
  const { method, body } = request;
  const { whose } = there;
  const silence = `${whose} does not answer (stopped?)`;
  const noted = setTimeout(() => {
    if (!told.has(whose)) console.warn(`pushrig: ${silence}; what is sent to its gateway waits.`);
    told.add(whose);
  }, PATIENCE).unref();
  try {
    // Whether a gateway answers is a matter of real time; a time that the caller gives is the caller's.
    const timers = config.timeout === undefined ? realTimers : globalThis;
    const response = await sendOverHttp(url, { method, headers: headersOf(body), body, timeout, agent, timers });
    if (response.status < 400) return response;
    throw refusal({ status: response.status, body: await response.text() }, url);
  } catch (error) {
    if (error instanceof RequestError) throw error;
    if (error instanceof AbortError && config.timeout === undefined) error.message += `: ${silence}`;
    else if (error instanceof Error)
      error.message += `. ${there.by} has attached this process to ${whose} at ${there.url}`;
    throw failure(url, error);
  } finally {
    clearTimeout(noted);
  }
}

/** How a test at that gateway wants refused what is signed for it, if it does. Where that cannot be asked, the gateway refuses the subscription. */
export async function refusalThere(
  there: Attachment,
  { token }: ServerConfig,
  socketId: string,
  channel: string | undefined,
): Promise<AnsweredRefusal | undefined> {
  try {
    await there.ready();
    const { id } = credentialsThere(there, token, MOCK_CREDENTIALS);
    const url = `${there.url}/pushrig/v1/authorize${id === undefined ? "" : `?app=${encodeURIComponent(id)}`}`;
    const body = JSON.stringify({ socketId, channel });
    const headers = {
      ...headersOf(body),
      ...(there.token !== undefined && { authorization: `Bearer ${there.token}` }),
    };
    const course = { timeout: PATIENCE, agent: undefined, timers: realTimers };
    const response = await sendOverHttp(url, { method: "POST", headers, body, ...course });
    return ((await response.json()) as { refusal?: AnsweredRefusal }).refusal;
  } catch {
    return undefined;
  }
}

function failure(url: string, error: unknown): RequestError {
  return withCause(new RequestError("Request failed with an error", url, error as Error));
}

/** Whether it was refused a connection. What was cut in the middle may have been published. */
function isUnheard(error: unknown): boolean {
  const { error: cause } = Object(error) as { error?: unknown };
  return cause instanceof FetchError && (cause as { code?: unknown }).code === "ECONNREFUSED";
}
