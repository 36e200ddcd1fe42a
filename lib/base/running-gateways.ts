/** The gateways that run on this machine, of those that were written down: each is asked, and what is left of dead ones goes. */

import { forgetLocator, type Found, isAlive, type Located, locators } from "./locator.js";

export interface RunningGateway extends Pick<Located, "url" | "pid" | "project" | "token" | "isTest" | "since"> {
  /** Of pushrig; undefined where it does not answer, although its process is there. */
  version: string | undefined;
}

/** Milliseconds until one that does not answer counts as stopped. */
const PATIENCE = 2_000;

/** The oldest first. A process that was stopped keeps its port, so its gateways are told as well. */
export async function runningGateways(): Promise<RunningGateway[]> {
  const found = await Promise.all(locators().map(tried));
  return found.flatMap((gateway) => gateway ?? []);
}

async function tried({ file, located }: Found): Promise<RunningGateway | undefined> {
  const { url, pid, project, token, isTest, since } = located;
  const gateway = { url, pid, project, token, isTest, since };
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(PATIENCE), redirect: "error" });
    const health = Object(await response.json()) as { name?: unknown; pid?: unknown; version?: unknown };
    // A gateway that others cannot trust, on an address of the network, does not tell its process.
    const isSame = health.name === "pushrig" && (health.pid === undefined || health.pid === pid);
    if (isSame && isAlive(pid)) return { ...gateway, version: String(health.version) };
  } catch (error) {
    const isSilent = (error as Error).name === "TimeoutError";
    if (isSilent && isAlive(pid)) return { ...gateway, version: undefined };
  }
  forgetLocator(file);
  return undefined;
}
