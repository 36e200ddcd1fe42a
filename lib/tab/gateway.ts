/** The gateway of the test file whose page this is, and asking it. */

import { realTimers } from "../base/fakes.js";

/** Where it is: the plugin opens one for each test file. */
export interface Opened {
  /** As pusher-js is pointed at it. */
  url: string;
  /** Where its routes are, beside the page's own modules. */
  routes: string;
}

/** Shared by what is evaluated in one page: the setup file, the mock, the matchers. */
const MEETING = Symbol.for("pushrig.tab");
const realm = globalThis as { [MEETING]?: Opened };
/** The page's own, whatever a test puts in its place: what asks the gateway is no request of the application's. */
const fetch = globalThis.fetch.bind(globalThis);

export function setGateway(opened: Opened): void {
  realm[MEETING] = opened;
}

export function gatewayUrl(): string {
  return gateway().url;
}

function gateway(): Opened {
  const opened = realm[MEETING];
  if (opened !== undefined) return opened;
  throw new Error(
    "pushrig: this page has no gateway, since the setup file of pushrig/vitest has not run in it; put pushrig() among the plugins " +
      "of the project that has browser.enabled",
  );
}

/** A refusal of the gateway's, or a wait that was in vain. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.name = "Error";
    this.status = status;
    this.code = code;
  }
}

/** Asks a route. Rejects with a {@link Refused}. */
export async function ask<T>(route: string, body: object = {}): Promise<T> {
  const url = new URL(`${gateway().routes}/${route}`, location.href);
  let response: Response;
  try {
    response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  } catch (error) {
    throw new Error(`pushrig: Vitest does not answer at ${url.href}: ${String(error)}`, { cause: error });
  }
  const answer = (await response.json()) as T & { error?: { code: string; message: string } };
  if (response.ok) return answer;
  const { message = `Vitest has answered ${response.status}`, code = "" } = answer.error ?? {};
  throw new Refused(message, response.status, code);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => realTimers.setTimeout(resolve, milliseconds));
}
