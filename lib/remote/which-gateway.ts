/** Which gateway is asked where none is named: that of this folder's project, else the only one that runs. For programs of Node. */

import { projectOf } from "../base/project.js";
import { type RunningGateway, runningGateways } from "../base/running-gateways.js";
import { portFromEnvironment } from "../options/port.js";
import { RemoteError } from "./remote-error.js";

export interface GatewayToAsk {
  url: string;
  token: string | undefined;
}

/** Milliseconds that the gateway at the usual port has to answer, where it was written down nowhere. */
const PATIENCE = 2_000;

/**
 * Those of tests are asked only when they are named: they come and go.
 *
 * @param named what was said of it. A token goes to whatever answers there.
 * @param option how an address is given, for messages
 * @throws RemoteError that lists those that run
 */
export async function gatewayToAsk(
  { url, token }: { url?: string | undefined; token?: string | undefined },
  option = "--url",
  folder = process.cwd(),
): Promise<GatewayToAsk> {
  if (url !== undefined) return { url, token };
  const running = await runningGateways();
  const lasting = running.filter(({ isTest }) => !isTest);
  const { folder: project } = projectOf(folder);
  const own = lasting.filter((gateway) => gateway.project === project);
  const [one, ...others] = own.length > 0 ? own : lasting;
  if (one !== undefined && others.length > 0)
    throw several(own.length > 0 ? own : lasting, own.length > 0, project, option);
  if (one !== undefined) return { url: one.url, token: token ?? tokenFor(one) };
  const usual = `http://127.0.0.1:${usualPort()}`;
  if (await isGateway(usual)) return { url: usual, token };
  throw none(running, usual, option);
}

/**
 * A gateway on loopback needs no token of this machine, and its port may be somebody else's by now: nothing that answers there proves
 * that it is not. One that listens on an address of the network wants it.
 */
function tokenFor({ url, token }: RunningGateway): string | undefined {
  const { hostname } = new URL(url);
  return /^(127\.|\[::1\]$|localhost$)/.test(hostname) ? undefined : token;
}

function usualPort(): number {
  try {
    return portFromEnvironment();
  } catch (error) {
    throw new RemoteError("bad-request", (error as RangeError).message, undefined, error);
  }
}

/** Whether a gateway answers that was not written down: of another user, or in a container whose port is this machine's. */
async function isGateway(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE), redirect: "error" });
    return (Object(await response.json()) as { name?: unknown }).name === "pushrig";
  } catch {
    return false;
  }
}

function several(gateways: RunningGateway[], areOwn: boolean, project: string, option: string): RemoteError {
  const whose = areOwn ? `several gateways of ${project} run` : `several gateways run, and none of ${project}`;
  return new RemoteError("which-gateway", `pushrig: ${whose}. Name one with ${option}:\n${listed(gateways)}`);
}

function none(ofTests: RunningGateway[], usual: string, option: string): RemoteError {
  const found = ofTests.length === 0 ? "" : ` Tests have opened some; name one with ${option}:\n${listed(ofTests)}`;
  return new RemoteError(
    "no-gateway",
    "pushrig: no gateway of this user runs on this machine, and none answers at " +
      `${usual}. Start one, with "npx pushrig" or listen(), or name one that runs elsewhere with ${option}.${found}`,
  );
}

/** One below the other: address, project, process. */
export function listed(gateways: readonly RunningGateway[]): string {
  const widest = Math.max(...gateways.map(({ url }) => url.length));
  return gateways
    .map(({ url, project, pid, version, isTest }) => {
      const more = [isTest ? ", of a test" : "", version === undefined ? ", does not answer" : ""].join("");
      return `  ${url.padEnd(widest)}  ${project}  process ${pid}${more}`;
    })
    .join("\n");
}
