/** The gateway of the test file whose page this is, and asking it. */

import { Exchange } from "../remote/exchange.js";

/** Where it is: the plugin opens one for each test file. */
export interface Opened {
  /** As pusher-js is pointed at it. */
  url: string;
  /** Of its app. */
  id: string;
  /** The test file is over, and its app with it. */
  isClosed?: true;
}

/** Milliseconds that a waiter waits. */
const DEFAULT_WAIT = 1_000;

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

/** What is read; the other routes do something, or wait for it. */
const READ: ReadonlySet<string> = new Set(["journal", "webhooks"]);

/** Asks a control route for the app of this test file. Rejects with a `RemoteError`. */
export async function askGateway<T>(route: string, body: object = {}): Promise<T> {
  const { url, isClosed } = gateway();
  if (isClosed) throw new Error("pushrig: the app of this test file was closed; what is asked now comes after its end");
  const exchange = new Exchange(url, { fetch });
  const { timeout } = body as { timeout?: unknown };
  const wait = typeof timeout === "number" && Number.isFinite(timeout) ? timeout : DEFAULT_WAIT;
  return (await (READ.has(route) ? exchange.get(route) : exchange.post(route, body, { wait }))) as T;
}

/** Ends the app. */
export async function closeOwnApp(): Promise<void> {
  gateway().isClosed = true;
  await askPlugin("close", {});
}

/** Asks the plugin about the app of this test file: what is no gateway's business. */
export async function askPlugin<T>(what: string, body: object): Promise<T> {
  const address = new URL(`/__pushrig__/apps/${gateway().id}/${what}`, location.href);
  const response = await fetch(address, { method: "POST", body: JSON.stringify(body) });
  const answer = (await response.json()) as T & { error?: { message: string } };
  if (answer.error !== undefined) throw new Error(answer.error.message);
  return answer;
}
