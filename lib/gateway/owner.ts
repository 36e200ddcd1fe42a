/** Whoever has a port: whether that is a gateway of the same project, and asking it for what an attached process needs. */

import type { ClientRequest } from "node:http";
import { exchange } from "../base/exchange.js";
import { realTimers } from "../base/fakes.js";
import { locators } from "../base/locator.js";
import { whose } from "../base/process-name.js";
import { type Project, requireProject } from "../base/project.js";
import { show } from "../base/shown.js";
import { native } from "../native/addon.js";
import type { AttachAnswer, AttachRequest } from "../remote/shapes.js";

const { clearTimeout, setTimeout } = realTimers;

/** The version of what processes of one project say to each other, as `/health` tells it. */
const PROTOCOL = 1;
/** Milliseconds until one that does not answer counts as stopped. */
export const PATIENCE = 2_000;

/** Bytes that are read of an answer. Anybody may have the port, and say anything. */
const LONGEST = 16 * 1024 * 1024;

/** What a gateway says of itself. */
export interface Health {
  version?: string;
  protocol?: number;
  project?: string | null;
  /** For those alone whom it trusts. */
  pid?: number;
  folder?: string;
}

/** Who has a port. */
export type Holder =
  | { kind: "nobody" }
  /** Another program. */
  | { kind: "stranger" }
  /** Whoever it is takes connections, and does not answer: it is stopped, or busy. */
  | { kind: "silent"; pid: number | undefined }
  | { kind: "gateway"; health: Health };

/** Nobody has answered in time. */
export class Silence extends Error {}

/** The request was called off. */
export class CalledOff extends Error {}

/** @param patience milliseconds until one that does not answer counts as stopped */
export async function holderOf(url: string, patience = PATIENCE): Promise<Holder> {
  try {
    const { status, json } = await ask(url, "/health", { patience });
    const health = Object(json) as Health & { name?: unknown };
    // One that does not let this process in says so, and no more.
    const isGateway = health.name === "pushrig" || (status === 403 && String(json).startsWith("pushrig: "));
    return isGateway ? { kind: "gateway", health } : { kind: "stranger" };
  } catch (error) {
    if (error instanceof Silence) return { kind: "silent", pid: locatedAt(url)?.pid };
    return isRefused(error) ? { kind: "nobody" } : { kind: "stranger" };
  }
}

/** Codes of the system, and a gateway's own word for it. */
const GONE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "closing",
]);

/** Nobody listens there, or it was just about to end. */
export function isRefused(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return GONE.has(String(code));
}

/** What a gateway of this user has written down of itself, by its port. */
export function locatedAt(url: string): { pid: number; token: string; project: string; url: string } | undefined {
  const { port } = new URL(url);
  return locators()
    .map(({ located }) => located)
    .findLast((one) => new URL(one.url).port === port);
}

/** Throws where the gateway is none that this process may use. */
export function requireFit(url: string, { version, protocol, project, pid, folder }: Health, own: Project): void {
  if (protocol !== undefined && protocol !== PROTOCOL) {
    throw new Error(
      `pushrig: ${whose(pid, undefined)} has pushrig ${version}, this one ${native.version()}: they cannot share a broker. ` +
        `Start ${pid === undefined ? "it" : `process ${pid}`} anew, or set PUSHRIG_PORT.`,
    );
  }
  if (project == null) {
    throw new Error(
      `pushrig: what answers on ${new URL(url).host} does not say of which project it is, so this process (of ${show(own.folder)}) does not use it. ` +
        `Set PUSHRIG_PORT to another port, or PUSHRIG_URL to ${url} if that is the one which is meant.`,
    );
  }
  requireProject(url, { hash: project, folder }, own);
}

export function stopped(url: string, whom: string): Silence {
  return new Silence(
    `pushrig: ${whom} does not answer (stopped?): it has ${new URL(url).host}, and all goes on when it does.`,
  );
}

/** @param keep whether the process waits for the answer; and what ends the request ahead of it */
export async function askToAttach(
  url: string,
  request: AttachRequest,
  {
    token,
    ...course
  }: { token: string | undefined; isKept: boolean; patience?: number; onRequest?(outgoing: ClientRequest): void },
): Promise<AttachAnswer> {
  const { status, json } = await ask(url, "/pushrig/v1/attach", { body: JSON.stringify(request), token, ...course });
  if (status === 200) return json as AttachAnswer;
  const { error } = Object(json) as { error?: { code?: string; message?: string } };
  throw new NotAttached(
    error?.message ?? `pushrig: the gateway at ${url} answers ${status} to a process that wants to attach`,
    error?.code,
  );
}

/** It answers, and does not tell what is asked. */
export class NotAttached extends Error {
  /** The gateway's own, if it has said one. */
  readonly code: string | undefined;

  constructor(message: string, code: string | undefined) {
    super(message);
    this.code = code;
  }
}

interface Course {
  body?: string;
  token?: string | undefined;
  /** Milliseconds until the answer. Default: for ever. */
  patience?: number;
  /** Whether the process waits for the answer. Default true. */
  isKept?: boolean;
  onRequest?(outgoing: ClientRequest): void;
}

async function ask(url: string, path: string, course: Course): Promise<{ status: number; json: unknown }> {
  const { body, token, patience, isKept = true, onRequest } = course;
  let outgoing: ClientRequest | undefined;
  const timer =
    patience === undefined
      ? undefined
      : setTimeout(() => outgoing?.destroy(new Silence("pushrig: no answer")), patience).unref();
  try {
    const { message } = await exchange(
      new URL(url + path),
      {
        method: body === undefined ? "GET" : "POST",
        headers: {
          connection: "close",
          ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body,
        agent: false,
      },
      {
        onRequest: (request) => {
          outgoing = request;
          if (!isKept) request.on("socket", (socket) => socket.unref());
          onRequest?.(request);
        },
      },
    );
    let text = "";
    message.setEncoding("utf8");
    for await (const piece of message) {
      text += piece as string;
      if (text.length > LONGEST) throw new Error(`pushrig: an answer of more than ${LONGEST} bytes`);
    }
    return { status: message.statusCode ?? 0, json: parsed(text) };
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
