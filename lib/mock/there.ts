/** What a test or a program asks the app that is at the gateway of another process, to which this one is attached. */

import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { defaultRig } from "../app/rigs.js";
import type { Attachment } from "../base/attachment.js";
import { http } from "../base/builtin.js";
import { realNow, realTimers } from "../base/fakes.js";
import { log } from "../base/log.js";
import { show } from "../base/shown.js";
import type { Match, Mark, Question, Who, Why } from "../journal/question.js";
import type { WaitOptions } from "../journal/subject.js";
import {
  checkWebhookOptions,
  checkedTarget,
  type WebhookEventName,
  type WebhookHandler,
  type WebhookOptions,
  type WebhookTarget,
} from "../options/webhook.js";
import { Remote } from "../remote/remote.js";
import type { RemoteChannel } from "../remote/remote-channel.js";
import { isAway, RemoteError } from "../remote/remote-error.js";
import type { WebhookSubscription } from "../webhooks/webhooks.js";

type Waiting = WaitOptions & { times?: number | undefined; since?: Mark | undefined };

/** Milliseconds that it takes until another process has the gateway when its owner has ended. */
const TAKEOVER_TIME = 3_000;
/** The largest webhook, in bytes: a gateway keeps no more of them for a receiver. */
const MAX_WEBHOOK = 32 * 1024 * 1024;

/** Asks the gateway where it is now. */
async function ask<T>(there: Attachment, question: (remote: Remote) => Promise<T>): Promise<T> {
  const end = realNow() + TAKEOVER_TIME;
  for (;;) {
    await there.ready();
    try {
      return await question(new Remote(there.url, { token: there.token }));
    } catch (error) {
      const code = error instanceof RemoteError ? error.code : undefined;
      if (code === "no-answer") {
        throw new RemoteError("no-answer", `pushrig: ${there.whose} does not answer (stopped?)`, undefined, error);
      }
      if (!isAway(error)) throw error;
      if (there.by === "PUSHRIG_URL" || realNow() > end) {
        (error as Error).message += ` ${there.by} has attached this process to ${there.whose}.`;
        throw error;
      }
    }
  }
}

/** What is there at once in the process of the gateway, and comes later from outside: who uses it without `await` is told so. */
function awaited<T>(there: Attachment, call: string, question: (remote: Remote) => Promise<T>): T {
  const promise = ask(there, question);
  const guarded = new Proxy(promise, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === "function") return value.bind(target);
      if (typeof name === "symbol" || name in Promise.prototype) return value;
      promise.catch(() => {});
      throw new TypeError(
        `pushrig: ${call} is answered later, since this process is attached to the gateway of ${there.whose}: write await before it`,
      );
    },
  });
  return guarded as T;
}

/** Which argument of a waiter has its options, where they may name a client. */
const NAMES_CLIENT: Record<string, number> = { subscribed: 0, received: 2 };

/** Milliseconds for which a client that has just been made may connect before something is asked about it. */
const CONNECTING_TIME = 3_000;

/** Whom the gateway is asked about: a client of this process by its connection, since nobody there knows its name. */
async function whomThere(who: Who, call: string): Promise<Who> {
  const own = defaultRig().ownAddressee(who, call);
  const { connection } = Object(own) as { connection?: Connecting };
  if (connection === undefined || connection.socket_id !== undefined) return own;
  let timer: NodeJS.Timeout | undefined;
  const connected = await new Promise<() => void>((resolve) => {
    const done = (): void => resolve(done);
    connection.bind("connected", done);
    timer = realTimers.setTimeout(done, CONNECTING_TIME);
  });
  connection.unbind("connected", connected);
  realTimers.clearTimeout(timer);
  if (connection.socket_id !== undefined) return own;
  throw new Error(`pushrig: the client of ${call} is not connected, so the gateway does not know it`);
}

/** The connection of a client, as far as it counts here. */
interface Connecting {
  readonly socket_id?: string;
  bind(event: "connected", callback: () => void): unknown;
  unbind(event: "connected", callback: () => void): unknown;
}

/** A field that names a client, see there. */
async function withOwn<Options>(options: Options, field: "by" | "client", call: string): Promise<Options> {
  const who = (Object(options) as { by?: Who; client?: Who })[field];
  return who === undefined ? options : { ...options, [field]: await whomThere(who, call) };
}

export class There {
  readonly #there: Attachment;

  constructor(there: Attachment) {
    this.#there = there;
  }

  channel(name: string): RemoteChannel {
    const there = this.#there;
    const probe = new Remote(there.url, { token: there.token }).channel(name);
    // Each of its waiters asks where the gateway is by then.
    return new Proxy(probe, {
      get(target, method) {
        const value: unknown = Reflect.get(target, method, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) =>
          ask(there, async (remote) => {
            const channel = remote.channel(name) as unknown as Record<
              PropertyKey,
              (...all: unknown[]) => Promise<unknown>
            >;
            const place = NAMES_CLIENT[String(method)];
            const asked = given.map((one, at) => (at === place ? withOwn(one, "by", `${String(method)}()`) : one));
            return channel[method](...(await Promise.all(asked)));
          });
      },
    });
  }

  async idle(options: WaitOptions): Promise<void> {
    await ask(this.#there, (remote) => remote.idle(options));
  }

  during<Result>(act: () => Result | Promise<Result>, options: WaitOptions): Promise<unknown> {
    return ask(this.#there, (remote) => remote.during(act, options));
  }

  sentWebhook(name: WebhookEventName, match: Match | undefined, options: Waiting = {}): Promise<unknown> {
    return ask(this.#there, (remote) => remote.sentWebhook(name, match, options));
  }

  async settledWebhooks(): Promise<unknown> {
    return ask(this.#there, async (remote) => {
      await remote.idle();
      return remote.webhooks();
    });
  }

  mark(): Mark {
    return awaited(this.#there, "mark()", (remote) => remote.mark()) as unknown as Mark;
  }

  why(question: Question): Why {
    return awaited(this.#there, "why()", async (remote) =>
      remote.why(await withOwn(question, "client", "why()")),
    ) as unknown as Why;
  }

  webhooks(): unknown {
    return awaited(this.#there, "webhooks()", (remote) => remote.webhooks());
  }

  reset(): void {
    return awaited(this.#there, "reset()", async (remote) => void (await remote.reset())) as unknown as void;
  }

  /** The verbs of `network()`, each a promise. */
  network(): unknown {
    const there = this.#there;
    return new Proxy(
      {},
      {
        get:
          (_target, verb) =>
          (...given: Array<Who | object>) =>
            awaited(there, `network().${String(verb)}()`, async (remote) => {
              const network = remote.network as unknown as Record<PropertyKey, (...all: unknown[]) => Promise<unknown>>;
              if (typeof network[verb] !== "function")
                throw new TypeError(`pushrig: network() has no ${String(verb)}()`);
              const call = `${String(verb)}()`;
              const [first, ...others] = given;
              const isWho = (verb === "drop" || verb === "silence") && first !== "all";
              const whom = isWho ? whomThere(first as Who, call) : withOwn(first, "client", call);
              return network[verb](await whom, ...others);
            }),
      },
    );
  }

  /** Webhooks of the app there come to this process: a handler gets them through a server of its own on this machine. */
  onWebhook(target: WebhookTarget, options: WebhookOptions = {}): WebhookSubscription {
    const to = checkedTarget(target);
    checkWebhookOptions(options);
    const there = this.#there;
    if (typeof to === "string") return { remove: there.receive(to, options) };
    const server = serverFor(to);
    const address = new Promise<string>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
    });
    server.unref();
    const end = there.receive(address, options);
    return {
      remove: () => {
        end();
        server.close();
      },
    };
  }
}

function serverFor(handler: WebhookHandler): Server {
  return http().createServer((incoming, outgoing) => {
    const refuse = (status: number, why: string): void => {
      outgoing.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(`pushrig: ${why}\n`);
    };
    const stranger = strangerOf(incoming);
    if (stranger !== undefined) return refuse(403, stranger);
    if (incoming.method !== "POST") return refuse(405, "webhooks come by POST");
    const pieces: Buffer[] = [];
    let bytes = 0;
    incoming.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= MAX_WEBHOOK) pieces.push(piece);
      else if (!outgoing.headersSent) refuse(413, `no webhook has more than ${MAX_WEBHOOK} bytes`);
      else incoming.destroy();
    });
    incoming.on("end", () => {
      if (outgoing.headersSent) return;
      const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
        method: "POST",
        headers: Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
          typeof value === "string" ? [[name, value]] : [],
        ),
        body: Buffer.concat(pieces),
      });
      void answerOf(handler, request).then(({ status, body }) => outgoing.writeHead(status).end(body));
    });
    incoming.on("error", (error) => log(`a webhook broke off: ${error.message}`));
    return undefined;
  });
}

/** Why it is not the gateway that sends. A page can reach this server too, and a name of somebody else's may lead here (DNS rebinding). */
function strangerOf({ headers, socket }: IncomingMessage): string | undefined {
  if (headers.host !== `${socket.localAddress}:${socket.localPort}`) {
    return `webhooks are not sent to the host ${show(headers.host)} here`;
  }
  if (headers.origin !== undefined || headers["sec-fetch-site"] !== undefined) return "pages send no webhooks";
  return undefined;
}

/** What a handler answers, or that it has failed. */
async function answerOf(handler: WebhookHandler, request: Request): Promise<{ status: number; body: Buffer }> {
  try {
    const answer = await handler(request);
    if (typeof answer?.arrayBuffer !== "function") return { status: 200, body: Buffer.alloc(0) };
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  } catch (error) {
    console.error("pushrig: a webhook's handler failed:", error);
    return { status: 500, body: Buffer.alloc(0) };
  }
}
