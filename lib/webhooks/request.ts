/** One attempt to hand a webhook to its receiver: over HTTP, or by calling a handler in this process. */

// Node's own, also on a page, as under jsdom: neither Node nor who intercepts its requests knows the page's class.
import { show } from "../base/shown.js";
import { URL } from "node:url";
import { exchange } from "../base/exchange.js";
import { realTimers } from "../base/fakes.js";
import type { Schedule, Waiting } from "../base/timers.js";
import { lendWebClasses } from "../base/web-classes.js";
import type { Failure } from "../native/rejection.js";
import type { WebhookHandler } from "../options/webhook.js";
import type { ClientRequest, IncomingMessage } from "node:http";

/** What a receiver said. */
export interface ReceiverAnswer {
  /** The HTTP status. */
  status: number;
  /** The body of an answer over HTTP, which may take its time. */
  rest: Rest | undefined;
}

/** How a receiver is to fail. */
export type WebhookFault = Pick<Failure, "error"> & { status: number };

/** What is sent. */
interface Content {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How long an answer's headers may take, in milliseconds. */
const ANSWER_TIME = 30_000;
/** How long its body may take after them, and how many bytes of it are read. Nobody looks at them. */
const REST_TIME = 1_000;
const MAX_REST = 64 * 1024;
/** The connection has ended with it. */
const SWITCHING_PROTOCOLS = 101;

// Fake timers that a test installs must not keep a connection open, nor end the process.
const { clearTimeout, setTimeout } = realTimers;

/** The body of an answer, read to its end or cut off, so that no receiver keeps a socket or floods this thread. */
export class Rest {
  readonly #ended: Promise<void>;
  readonly #timer: NodeJS.Timeout;

  constructor(response: IncomingMessage) {
    let bytes = 0;
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_REST) response.destroy();
    });
    response.on("error", () => {});
    // What else the receiver says keeps no process.
    response.socket.unref();
    this.#timer = setTimeout(() => response.destroy(), REST_TIME).unref();
    this.#ended = new Promise((resolve) => {
      response.on("close", () => {
        clearTimeout(this.#timer);
        resolve();
      });
    });
  }

  /** Resolves once the connection is free. The process stays alive until then. */
  end(): Promise<void> {
    this.#timer.ref();
    return this.#ended;
  }
}

/** Sends a webhook over HTTP. A redirect is an answer like any other. `own`: the user's headers as they are spelt. */
export async function post(
  to: string,
  { headers, body }: Content,
  later: Schedule,
  own?: Record<string, string>,
): Promise<ReceiverAnswer> {
  // Spelt as Pusher does: some receivers look for just these letters. Node sends names as they are here.
  const spelt = {
    ...own,
    "Content-Type": headers["content-type"],
    "Content-Length": String(Buffer.byteLength(body)),
    "X-Pusher-Key": headers["x-pusher-key"],
    "X-Pusher-Signature": headers["x-pusher-signature"],
  };
  let patience: Waiting | undefined;
  const wait = (outgoing: ClientRequest): void => {
    patience = later.after(ANSWER_TIME, () => outgoing.destroy(tooLate()), { what: "timeout" });
  };
  try {
    const { message } = await exchange(
      new URL(to),
      { method: "POST", agent: false, headers: spelt, body },
      { onRequest: wait },
    );
    const status = message.statusCode ?? 0;
    return { status, rest: status === SWITCHING_PROTOCOLS ? undefined : new Rest(message) };
  } finally {
    patience?.ensureAborted();
  }
}

/** Calls a handler with the request that it would have got. */
export function call(handler: WebhookHandler, { headers, body }: Content, later: Schedule): Promise<ReceiverAnswer> {
  lendWebClasses();
  return new Promise((resolve, reject) => {
    const patience = later.after(ANSWER_TIME, () => reject(tooLate()), { what: "timeout" });
    // As an open socket would.
    const alive = setTimeout(() => {}, ANSWER_TIME);
    const request = new Request("http://localhost/", { method: "POST", headers, body });
    // In a promise reaction, so that what it throws at once is caught as well.
    Promise.resolve(request)
      .then(handler)
      .finally(() => {
        patience.ensureAborted();
        clearTimeout(alive);
      })
      .then((response) => resolve({ status: statusOf(response), rest: undefined }))
      .catch(reject);
  });
}

/** No answer is as good as 200. */
function statusOf(answer: unknown): number {
  if (answer === undefined || answer === null) return 200;
  const { status } = Object(answer) as { status?: unknown };
  if (typeof status === "number") return status;
  throw new TypeError(`pushrig: a webhook's handler answers a Response, or nothing, and not ${show(answer)}`);
}

/** How a receiver fails on the order of a test: with its status, or without an answer, which may take its time: `onOver` says when that is over. */
export function fail({ status, error }: WebhookFault, later: Schedule, onOver: () => void): Promise<ReceiverAnswer> {
  switch (error) {
    case null:
      return Promise.resolve({ status, rest: undefined });
    case "ECONNRESET":
      return Promise.reject(Object.assign(new Error("socket hang up"), { code: error }));
    case "timeout":
      return new Promise((_, reject) => {
        const giveUp = (): void => {
          onOver();
          reject(tooLate());
        };
        later.after(ANSWER_TIME, giveUp, { what: "webhook" });
      });
  }
}

function tooLate(): Error {
  return new Error(`pushrig: no answer within ${ANSWER_TIME / 1000} seconds`);
}
