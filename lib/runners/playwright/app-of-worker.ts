/** The gateway that a worker of Playwright uses, and the app it has there. */

import { claimTo } from "../../base/request-app.js";
import { crypto } from "../../base/builtin.js";
import { checkNames } from "../../base/nearest.js";
import { show } from "../../base/shown.js";
import { checkObject, checkSwitch, checkText } from "../../options/checks.js";
import { gatewayAddress } from "../../options/gateway-address.js";
import { Remote } from "../../remote/remote.js";
import { isAway, type RemoteError } from "../../remote/remote-error.js";
import { gatewayOfProject, isWrittenDown } from "../../remote/which-gateway.js";

/** `use: { pushrig: … }`. */
export interface PushrigUse {
  /** The gateway of the application. Default: `PUSHRIG_URL`, else that of this project, else one of the worker's own. */
  url?: string;
  /** Its token, for one that other machines reach. Default: `PUSHRIG_TOKEN`. */
  token?: string;
  /** Whether each worker has an app of its own. Default true. Without, all tests share the default app: run them with one worker. */
  isolate?: boolean;
  /** Milliseconds that waiters wait. Default 5,000. */
  timeout?: number;
  /** Whether a test that fails says which events of it nobody heard that have a name or a channel one letter away. Default true. */
  hints?: boolean;
}

const NAMES: Array<keyof PushrigUse> = ["url", "token", "isolate", "timeout", "hints"];
const PATIENCE = 5_000;
/** Milliseconds in which another process has the gateway when its owner has ended. */
const TAKEOVER_TIME = 3_000;
/** Milliseconds between two attempts. */
const PAUSE = 50;

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
  /** What may stand in no trace. */
  secrets: readonly string[];
  close(): Promise<void>;
}

/** Opens a gateway in this process, on a free port, which nobody else finds. */
export type Listen = () => Promise<{ url: string; token: string; close(): Promise<void> }>;

/** Where the tests are: the folder of their configuration. */
export interface WorkerPlace {
  folder: string;
  parallelIndex: number;
}

/** A worker's app for as long as the worker lives. The application may be started anew meanwhile, and its gateway with it. */
export class AppOfWorker {
  readonly #use: PushrigUse;
  readonly #place: WorkerPlace;
  readonly #listen: Listen;
  #app: WorkerApp | undefined;

  constructor(use: PushrigUse, place: WorkerPlace, listen: Listen) {
    this.#use = use;
    this.#place = place;
    this.#listen = listen;
  }

  /**
   * Begins something with the app, at a gateway that answers. Where that goes away meanwhile, it is begun anew at the one that takes its
   * place: what is begun may be repeated.
   */
  async begin<T>(begin: (app: WorkerApp) => Promise<T>): Promise<T> {
    const end = Date.now() + TAKEOVER_TIME;
    for (;;) {
      try {
        return await begin(await this.#now(end));
      } catch (error) {
        if (!isAway(error) || Date.now() >= end) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** One whose gateway answers. */
  async #now(end: number): Promise<WorkerApp> {
    if (this.#app !== undefined && !(await isGone(this.#app))) return this.#app;
    await this.close();
    return (this.#app = await openApp(this.#use, this.#place, this.#listen, end));
  }

  async close(): Promise<void> {
    const app = this.#app;
    this.#app = undefined;
    await app?.close();
  }
}

async function isGone({ remote, isOwn }: WorkerApp): Promise<boolean> {
  if (isOwn) return false;
  try {
    await remote.state();
    return false;
  } catch (error) {
    // Who has taken its place may not know the app.
    if (isAway(error) || (error as Partial<RemoteError>).code === "unknown-app") return true;
    throw error;
  }
}

async function openApp(
  use: PushrigUse,
  { folder, parallelIndex }: WorkerPlace,
  listen: Listen,
  end: number,
): Promise<WorkerApp> {
  checkUse(use);
  const { isolate = true, timeout = PATIENCE } = use;
  const found = await gatewayFor(use, folder, listen, end);
  const options = { token: found.token, timeout, takeover: TAKEOVER_TIME };
  const gateway = new Remote(found.url, { ...options, called: "pusher.standard" });
  const close = async (): Promise<void> => found.close?.();
  const { app: standard } = await gateway.state();
  const { PUSHER_SECRET, PUSHRIG_TOKEN } = process.env;
  const secrets = [found.token, PUSHER_SECRET, PUSHRIG_TOKEN].filter((secret) => secret !== undefined);
  if (!isolate || found.close !== undefined) {
    const remote = new Remote(found.url, { ...options, called: "pusher", app: standard.id });
    return {
      remote,
      standard: gateway,
      key: standard.key,
      claim: undefined,
      isOwn: found.close !== undefined,
      secrets,
      close,
    };
  }
  const sign = (text: string): string => crypto().createHash("sha256").update(text).digest("hex");
  const id = `playwright-${parallelIndex}-${sign(folder).slice(0, 8)}`;
  // A worker that takes the place of another one has its app, so all of it follows from the name.
  const secret = sign(`pushrig/playwright:${id}`);
  const { url } = await gateway.addApp({ id, key: id, secret, cluster: standard.cluster });
  const remote = new Remote(url, { ...options, called: "pusher" });
  return {
    remote,
    standard: gateway,
    key: id,
    claim: claimTo(id, secret),
    isOwn: false,
    secrets: [...secrets, secret],
    close,
  };
}

const CALL = "use: { pushrig } of Playwright";

function checkUse(use: PushrigUse): void {
  checkObject(use, `${CALL} takes an object such as { url: "http://127.0.0.1:6001" }`);
  checkNames(use, NAMES, CALL, "option");
  const { url, token, isolate, timeout, hints } = use;
  if (url !== undefined) gatewayAddress(url, `the url in ${CALL}`);
  checkText(token, `the token in ${CALL}`);
  checkSwitch(isolate, `the option isolate of ${CALL}`);
  checkSwitch(hints, `the option hints of ${CALL}`);
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0 && Number.isFinite(timeout))) {
    throw new RangeError(`pushrig: the timeout in ${CALL} is milliseconds from 0, not ${show(timeout)}`);
  }
}

interface FoundGateway {
  url: string;
  token: string | undefined;
  close?: () => Promise<void>;
}

/** The one that is named, else the project's, else one for this worker. */
async function gatewayFor(use: PushrigUse, folder: string, listen: Listen, end: number): Promise<FoundGateway> {
  const [url, whose] = use.url === undefined ? [process.env.PUSHRIG_URL || undefined, "PUSHRIG_URL"] : [use.url, ""];
  if (url !== undefined) gatewayAddress(url, whose || `the url in ${CALL}`);
  let isChanging = false;
  const token = use.token ?? (process.env.PUSHRIG_TOKEN || undefined);
  if (url !== undefined) return { url, token };
  for (;;) {
    // One that does not answer is forgotten by who looks.
    const wasThere = isWrittenDown(folder);
    const found = await gatewayOfProject(token, "use: { pushrig: { url } }", folder);
    if (found !== undefined) return found;
    if (wasThere) isChanging = true;
    if (!isChanging || Date.now() >= end) break;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  const gateway = await listen();
  return { url: gateway.url, token: gateway.token, close: () => gateway.close() };
}
