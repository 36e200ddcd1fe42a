/** The gateway that a worker of Playwright uses, and the app it has there. */

import { claimTo } from "../../base/request-app.js";
import { crypto } from "../../base/builtin.js";
import { DEFAULT_PORT } from "../../options/defaults.js";
import { checkNames } from "../../base/nearest.js";
import { checkObject } from "../../options/checks.js";
import { Remote } from "../../remote/remote.js";
import { RemoteError } from "../../remote/remote-error.js";

/** `use: { pushrig: … }`. */
export interface PushrigUse {
  /** The gateway of the application. Default: `PUSHRIG_URL`, the one at port 6001 or `PUSHRIG_PORT`, or one of the worker's own. */
  url?: string;
  /** Its token, for one that other machines reach. Default: `PUSHRIG_TOKEN`. */
  token?: string;
  /** Whether each worker has an app of its own. Default true. Without, all tests share the default app: run them with one worker. */
  isolate?: boolean;
  /** Milliseconds that waiters wait. Default 5,000. */
  timeout?: number;
}

const NAMES: Array<keyof PushrigUse> = ["url", "token", "isolate", "timeout"];
const PATIENCE = 5_000;

/** What a worker has. */
export interface WorkerApp {
  remote: Remote;
  /** The gateway that was found, and its first app. */
  standard: Remote;
  /** The key that pages connect with. */
  key: string;
  /** What requests to the application say; undefined for the default app. */
  claim: string | undefined;
  /** Whether the gateway is the worker's own, which the application knows nothing of. */
  isOwn: boolean;
  close(): Promise<void>;
}

/** Opens a gateway in this process, on a free port. */
export type Listen = () => Promise<{ url: string; token: string; close(): Promise<void> }>;

/** @param project what tells the tests of a project from those of another one: its folder */
export async function openApp(
  use: PushrigUse,
  parallelIndex: number,
  project: string,
  listen: Listen,
): Promise<WorkerApp> {
  checkObject(use, 'use: { pushrig } of Playwright takes an object such as { url: "http://127.0.0.1:6001" }');
  checkNames(use, NAMES, "use: { pushrig } of Playwright", "option");
  const { isolate = true, timeout = PATIENCE } = use;
  const token = use.token ?? process.env.PUSHRIG_TOKEN;
  const found = await gatewayFor(use, token, listen);
  const options = { token: found.token, timeout };
  const gateway = new Remote(found.url, options);
  const close = async (): Promise<void> => found.close?.();
  const { app: standard } = await gateway.state();
  if (!isolate || found.close !== undefined) {
    const remote = gateway.of(standard.id);
    return { remote, standard: gateway, key: standard.key, claim: undefined, isOwn: found.close !== undefined, close };
  }
  const sign = (text: string): string => crypto().createHash("sha256").update(text).digest("hex");
  const id = `playwright-${parallelIndex}-${sign(project).slice(0, 8)}`;
  // A worker that takes the place of another one has its app, so all of it follows from the name.
  const secret = sign(`pushrig/playwright:${id}`);
  const { url } = await gateway.addApp({ id, key: id, secret, cluster: standard.cluster });
  const remote = new Remote(url, options);
  return { remote, standard: gateway, key: id, claim: claimTo(id, secret), isOwn: false, close };
}

interface FoundGateway {
  url: string;
  token: string | undefined;
  close?: () => Promise<void>;
}

/** The one that is named, else the one that runs where one is by default, else one for this worker. */
async function gatewayFor({ url }: PushrigUse, token: string | undefined, listen: Listen): Promise<FoundGateway> {
  const named = url ?? (process.env.PUSHRIG_URL || undefined);
  // What is named has to answer: `state()` says what is wrong.
  if (named !== undefined) return { url: named, token };
  const usual = `http://127.0.0.1:${process.env.PUSHRIG_PORT || DEFAULT_PORT}`;
  if (await answers(usual, token)) return { url: usual, token };
  const gateway = await listen();
  return { url: gateway.url, token: gateway.token, close: () => gateway.close() };
}

/** Whether there is a gateway. One that does not let us in is one, too. */
async function answers(url: string, token: string | undefined): Promise<boolean> {
  try {
    await new Remote(url, { token }).state();
    return true;
  } catch (error) {
    const isNone = error instanceof RemoteError && (error.code === "no-gateway" || error.code === "not-pushrig");
    if (isNone) return false;
    throw error;
  }
}
