/** Where the gateway of a project is, by every name of this machine, and whether a process may use it. */

import { whose } from "../base/process-name.js";
import { type Project, projectOf } from "../base/project.js";
import type { OtherGateway } from "../base/attachment.js";
import { locatorsOf } from "../base/locator.js";
import { isLoopback } from "../base/loopback.js";
import { isPortNamed, portFromEnvironment } from "../options/port.js";
import type { AttachAnswer } from "../remote/shapes.js";
import { hostInUrl } from "./gateway.js";
import { type Health, type Holder, holderOf, locatedAt, requireFit, stopped } from "./owner.js";

/** Both names of this machine: on one port each can be somebody's. */
export const LOOPBACKS = ["127.0.0.1", "::1"];

/** Whom a process is attached to. */
export interface Owner {
  url: string;
  token: string | undefined;
  answer: AttachAnswer | undefined;
  pid: number | undefined;
}

/** What a process looks for. */
export interface Sought {
  /** Where it would listen itself. */
  ownUrl: string;
  project: Project;
  /** The gateway that is meant, whatever its project, and who names it. */
  named: string | undefined;
  by: string;
  /** What the user has said that opens a gateway which was named. */
  token: string | undefined;
}

/**
 * The gateway of this project that has the port by another name of this machine.
 *
 * @param host the name by which it is not looked for
 */
export async function otherUrl({ ownUrl, project }: Sought, host?: string): Promise<string | undefined> {
  const { port } = new URL(ownUrl);
  const others = LOOPBACKS.filter((loopback) => loopback !== host).map((each) => `http://${hostInUrl(each)}:${port}`);
  const holders = await Promise.all(others.map((url) => holderOf(url)));
  return others.find((url, at) => isOurs(url, holders[at], project));
}

/** That of another process. */
function isOurs(url: string, holder: Holder, project: Project): boolean {
  if (holder.kind === "gateway") return holder.health.project === project.hash && holder.health.pid !== process.pid;
  return holder.kind === "silent" && locatedAt(url)?.project === project.folder;
}

/**
 * Who has the gateway at an address, as far as it says so without being asked to attach. Undefined where nobody is.
 *
 * @throws Silence where it does not answer, and an Error where this process may not use it
 */
export async function ownerAt(url: string, sought: Sought, patience?: number): Promise<Owner | undefined> {
  const holder = await holderOf(url, patience);
  const { named, by, project } = sought;
  if (holder.kind === "nobody") return undefined;
  if (holder.kind === "silent") throw stopped(url, whose(holder.pid, undefined));
  if (holder.kind === "stranger") {
    const text =
      named === undefined
        ? `pushrig: port ${new URL(url).port} is taken by another program; set PUSHRIG_PORT to a free one in .env, for all processes of the project`
        : `pushrig: ${by} names ${named}, and what answers there is no gateway of pushrig`;
    throw Object.assign(new Error(text), { code: "EADDRINUSE" });
  }
  const { health } = holder;
  if (named === undefined) requireFit(url, health, project);
  const located = isLoopback(new URL(url).hostname) ? locatedAt(url) : undefined;
  const isOwn = located !== undefined && isOf(located.pid, health);
  // Whoever has the port can say that it is of this project: what the user has set goes where the user says, and nowhere else.
  const given = named === undefined ? undefined : sought.token;
  return { url, token: isOwn ? located.token : given, answer: undefined, pid: health.pid ?? located?.pid };
}

/**
 * The port at which the processes of a project meet where none is named: that of the gateway of theirs which is written down and
 * answers, whatever it is.
 *
 * @param usual where they meet otherwise; one that is written down there comes first
 * @throws Silence where its process is stopped, and an Error where several run
 */
export async function portOf(project: Project, usual: number, patience?: number): Promise<number> {
  const written = locatorsOf(project.folder);
  if (written.some(({ url }) => portIn(url) === usual)) return usual;
  const holders = await Promise.all(written.map(({ url }) => holderOf(rootOf(url), patience)));
  const own = written.filter(({ url }, at) => isOurs(rootOf(url), holders[at], project));
  if (own.length > 1) {
    const all = own.map(({ url, pid }) => `  ${url}  process ${pid}`).join("\n");
    throw new Error(`pushrig: several gateways of ${project.folder} run. Name one with PUSHRIG_PORT:\n${all}`);
  }
  if (own.length === 0) return usual;
  const [{ url, pid }] = own;
  if (holders[written.indexOf(own[0])].kind === "silent") throw stopped(rootOf(url), whose(pid, undefined));
  return portIn(url);
}

/** What another process of a project has written down elsewhere than at a port. */
export function writtenElsewhere({ folder }: Project, port: number): OtherGateway | undefined {
  const other = locatorsOf(folder).findLast(({ url }) => portIn(url) !== port);
  return other && { whose: whose(other.pid, undefined), url: rootOf(other.url) };
}

function portIn(url: string): number {
  return Number(new URL(url).port);
}

/** Without the prefix. */
function rootOf(url: string): string {
  return new URL(url).origin;
}

/** The gateway of this project that is another process's: at the port that is named, or where it is written down. */
export async function findOtherGateway(): Promise<OtherGateway | undefined> {
  const url = `http://${LOOPBACKS[0]}:${isPortNamed() ? portFromEnvironment() : await portOf(projectOf(), portFromEnvironment())}`;
  const holder = await holderOf(url);
  if (!isOurs(url, holder, projectOf())) return undefined;
  const pid = holder.kind === "gateway" ? holder.health.pid : locatedAt(url)?.pid;
  return { whose: whose(pid, undefined), url };
}

/** The same at once, as a process that ends has to ask: what such a gateway has written down. */
export function otherGatewayNow(): OtherGateway | undefined {
  const port = portFromEnvironment();
  const url = `http://${LOOPBACKS[0]}:${port}`;
  const located = locatedAt(url);
  if (located === undefined && !isPortNamed()) return writtenElsewhere(projectOf(), port);
  if (located?.project !== projectOf().folder || located.pid === process.pid || !isOf(located.pid, {}))
    return undefined;
  return { whose: whose(located.pid, undefined), url };
}

/** Whether a gateway is that of a process of this user: the port of one that has died may be anybody's by now. */
function isOf(pid: number, health: Health): boolean {
  if (health.pid !== undefined && health.pid !== pid) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
