/** Which gateway is asked where none is named: that of this folder's project, else the only one that runs. For programs of Node. */

import { locators } from "../base/locator.js";
import { isLoopback } from "../base/loopback.js";
import { isInProject, projectOf, requireProject } from "../base/project.js";
import { type RunningGateway, runningGateways } from "../base/running-gateways.js";
import { isPortNamed, portFromEnvironment } from "../options/port.js";
import { noAnswer, RemoteError } from "./remote-error.js";

export interface GatewayToAsk {
  url: string;
  token: string | undefined;
  /** Says whose it is, where it is of another project than the folder and nobody has named it. */
  note?: string;
}

/** Who asks. */
export interface Asking {
  /** How an address is given, for messages. */
  option?: string;
  /** What it is that changes something there: it is not done to another project. Undefined: it only reads. */
  changing?: string | undefined;
  folder?: string;
}

/** Milliseconds that the gateway at the usual port has to answer, where it was written down nowhere. */
const PATIENCE = 2_000;

/**
 * Those of tests are asked only when they are named: they come and go.
 *
 * @param named what was said of it. A token goes to whatever answers there.
 * @throws RemoteError that lists those that run, or names the one of another project that nothing is done to
 */
export async function gatewayToAsk(
  { url, token }: { url?: string | undefined; token?: string | undefined },
  { option = "--url", changing, folder = process.cwd() }: Asking = {},
): Promise<GatewayToAsk> {
  if (url !== undefined) {
    await requireAnswering(url.replace(/\/+$/, ""));
    return { url, token };
  }
  const running = await runningGateways();
  const lasting = running.filter(({ isTest }) => !isTest);
  const { folder: project, hash } = projectOf(folder);
  const own = lasting.filter((gateway) => gateway.project === project);
  const one = oneOf(own.length > 0 ? own : lasting, own.length > 0, project, option);
  if (one !== undefined) {
    if (one.version === undefined) throw noAnswer(one.url, PATIENCE, one.pid);
    const isMeant = own.length > 0 || isAtNamedPort(one.url) || !isInProject(folder);
    const asked = { url: one.url, token: token ?? tokenFor(one) };
    return isMeant ? asked : ofAnother(asked, one.project, { project, option, changing });
  }
  const usual = usualUrl();
  const health = await healthOf(usual);
  if (health !== undefined) {
    const isMeant = health.project == null || health.project === hash || isPortNamed() || !isInProject(folder);
    const asked = { url: usual, token };
    return isMeant ? asked : ofAnother(asked, health.folder, { project, option, changing });
  }
  throw none(running, usual, option);
}

/**
 * For tests: what they publish elsewhere than at the gateway of their project nobody would hear.
 *
 * @returns undefined where none of it runs
 * @throws Error where the port of this project has the gateway of another one
 */
export async function gatewayOfProject(
  token: string | undefined,
  option: string,
  folder: string,
): Promise<GatewayToAsk | undefined> {
  const project = projectOf(folder);
  const running = await runningGateways();
  const own = running.filter((gateway) => !gateway.isTest && gateway.project === project.folder);
  const one = oneOf(own, true, project.folder, option);
  if (one !== undefined) return { url: one.url, token: token ?? tokenFor(one) };
  const url = usualUrl();
  const health = await healthOf(url);
  if (health === undefined) return undefined;
  requireProject(url, { hash: health.project, folder: health.folder }, project);
  return { url, token };
}

/** Whether a gateway of this folder's project has run, the last time that somebody has looked: it runs, or has ended without a word. */
export function isWrittenDown(folder: string): boolean {
  const { folder: project } = projectOf(folder);
  return locators().some(({ located }) => !located.isTest && located.project === project);
}

/** Of several the one at the port that `PUSHRIG_PORT` names. */
function oneOf(
  gateways: RunningGateway[],
  areOwn: boolean,
  project: string,
  option: string,
): RunningGateway | undefined {
  if (gateways.length < 2) return gateways[0];
  const meant = gateways.filter(({ url }) => isAtNamedPort(url));
  if (meant.length === 1) return meant[0];
  throw several(gateways, areOwn, project, option);
}

function isAtNamedPort(url: string): boolean {
  const { PUSHRIG_PORT: port } = process.env;
  return Boolean(port) && new URL(url).port === port;
}

/** The only one that runs is no reason to change what is another project's. */
function ofAnother(
  asked: GatewayToAsk,
  theirs: string | undefined,
  { project, option, changing }: { project: string; option: string; changing: string | undefined },
): GatewayToAsk {
  const only = `the gateway at ${asked.url} is the only one that runs, and it is of ${theirs ?? "another project"}, not of ${project}`;
  if (changing === undefined) return { ...asked, note: `pushrig: ${only}` };
  throw new RemoteError(
    "which-gateway",
    `pushrig: ${only}: ${changing} changes nothing there unless it is named. Start one of this project, with "npx pushrig" or listen(), ` +
      `or name that one with ${option} ${asked.url}`,
  );
}

function usualUrl(): string {
  try {
    return `http://127.0.0.1:${portFromEnvironment()}`;
  } catch (error) {
    throw new RemoteError("bad-request", (error as RangeError).message, undefined, error);
  }
}

/**
 * A gateway on loopback needs no token of this machine, and its port may be somebody else's by now: nothing that answers there proves
 * that it is not. One that listens on an address of the network wants it.
 */
function tokenFor({ url, token }: RunningGateway): string | undefined {
  return isLoopback(new URL(url).hostname) ? undefined : token;
}

/** Its health a gateway tells at once, however busy its process is. One that is stopped nobody has to wait for that. */
async function requireAnswering(url: string): Promise<void> {
  try {
    await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE), redirect: "manual" });
  } catch (error) {
    // What else is wrong is told by who asks there.
    if ((error as Error).name === "TimeoutError") throw noAnswer(url, PATIENCE);
  }
}

/** What a gateway says of itself that was not written down: of another user, or in a container whose port is this machine's. */
async function healthOf(url: string): Promise<{ project?: string | null; folder?: string } | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE), redirect: "error" });
    const health = Object(await response.json()) as { name?: unknown; project?: string | null; folder?: string };
    return health.name === "pushrig" ? health : undefined;
  } catch {
    return undefined;
  }
}

function several(gateways: RunningGateway[], areOwn: boolean, project: string, option: string): RemoteError {
  const whose = areOwn ? `several gateways of ${project} run` : `several gateways run, and none of ${project}`;
  return new RemoteError("which-gateway", `pushrig: ${whose}. Name one with ${option}:\n${gatewayLines(gateways)}`);
}

function none(ofTests: RunningGateway[], usual: string, option: string): RemoteError {
  const found =
    ofTests.length === 0 ? "" : ` Tests have opened some; name one with ${option}:\n${gatewayLines(ofTests)}`;
  return new RemoteError(
    "no-gateway",
    "pushrig: no gateway of this user runs on this machine, and none answers at " +
      `${usual}. Start one, with "npx pushrig" or listen(), or name one that runs elsewhere with ${option}.${found}`,
  );
}

/** One below the other: address, project, process. */
export function gatewayLines(gateways: readonly RunningGateway[]): string {
  const widest = Math.max(...gateways.map(({ url }) => url.length));
  return gateways
    .map(({ url, project, pid, version, isTest }) => {
      const more = [isTest ? ", of a test" : "", version === undefined ? ", does not answer" : ""].join("");
      return `  ${url.padEnd(widest)}  ${project}  process ${pid}${more}`;
    })
    .join("\n");
}
