// What a page of Vitest's browser mode asks about its app, and has it do: in the shapes of the gateway's control routes.
import { show } from "../base/shown";
import type { Mark, Match, Question, Who } from "../journal/question";
import { JOURNAL } from "../journal/subject";
import type { MockPusher } from "../mock/mock-pusher";
import { NETWORK_VERBS } from "../remote/shapes";

/** A request's body. */
interface Body {
  [name: string]: unknown;
}

export interface Answer {
  status: number;
  body: object;
}

/** What `network()` answers. */
interface Fault {
  restore(): void;
  release?(): void;
}

type Verb = (...args: unknown[]) => Fault | undefined;

/** Verbs of `network()` whose first argument is no object of options. */
const FIRST: Record<string, string> = { drop: "client", silence: "client", delay: "ms", simulate: "preset" };

/** `release` is asked of a fault, by its number. */
const VERBS = NETWORK_VERBS.filter((verb) => verb !== "release");

export class PageRoutes {
  readonly #app: MockPusher;
  readonly #faults = new Map<number, Fault>();
  /** The number of the latest. */
  #latest = 0;
  readonly #routes: Record<string, (body: Body) => object | Promise<object>>;

  constructor(app: MockPusher) {
    this.#app = app;
    this.#routes = {
      journal: () => app[JOURNAL]().app.journal.read(),
      mark: () => ({ mark: app.mark() }),
      webhooks: () => ({ webhooks: app.webhooks() }),
      why: (body) => app.why(body as unknown as Question),
      trigger: (body) => this.#trigger(body),
      wait: async (body) => ({ result: await this.#wait(body) }),
      network: (body) => this.#change(body),
      reset: () => {
        app.reset();
        this.#faults.clear();
        return {};
      },
    };
  }

  /** Never rejects: a refusal is an answer. */
  async answer(route: string, body: Body): Promise<Answer> {
    const act = Object.hasOwn(this.#routes, route) ? this.#routes[route] : undefined;
    if (act === undefined) return refusal(404, "unknown-route", `pushrig: there is no route ${JSON.stringify(route)}`);
    try {
      return { status: 200, body: await act(body) };
    } catch (error) {
      const { status = 409, body: text, message } = error as { status?: number; body?: string; message: string };
      return refusal(status, "not-met", text?.trim() ?? message);
    }
  }

  async #trigger({ channel: channels, to, event, data, socketId }: Body): Promise<object> {
    const { server } = this.#app;
    const name = event as string;
    if (to !== undefined) await server.sendToUser(to as string, name, data);
    else if (socketId === undefined) await server.trigger(channels as string[], name, data);
    else await server.trigger(channels as string[], name, data, { socket_id: socketId as string });
    return {};
  }

  #wait({ for: what, channel, event, data, ids, name, match, ...options }: Body): Promise<unknown> {
    const given = options as { timeout?: number; by?: Who; since?: Mark };
    if (what === "idle") return this.#app.idle(given);
    if (what === "webhook") return this.#app.sentWebhook(name as never, match as Match, given);
    const probe = this.#app.channel(channel as string);
    switch (what) {
      case "subscribed":
        return probe.subscribed(given);
      case "vacated":
        return probe.vacated(given);
      case "members":
        return ids === undefined ? probe.members() : probe.members(ids as string[], given);
      case "triggered":
        return probe.triggered(event as string, data, given);
      default:
        return probe.received(event as string, data, given);
    }
  }

  #change({ do: verb, id, ...options }: Body): object {
    if (id !== undefined) {
      const fault = this.#faults.get(id as number);
      if (verb === "release") fault?.release?.();
      else fault?.restore();
      return {};
    }
    const { network } = this.#app;
    if (!VERBS.includes(verb as string)) {
      throw Object.assign(new TypeError(`pushrig: network has no ${show(verb)}; it has ${VERBS.join(", ")}`), {
        status: 400,
      });
    }
    const does = (network as unknown as Record<string, Verb>)[verb as string].bind(network);
    const first = FIRST[verb as string];
    const { [first]: leading, ...rest } = options;
    const args = first === undefined ? [options] : first === "ms" || verb === "silence" ? [leading] : [leading, rest];
    const fault = verb === "restore" ? does() : does(...args);
    if (fault === undefined) return {};
    this.#latest += 1;
    const number = this.#latest;
    this.#faults.set(number, fault);
    return { fault: { id: number } };
  }
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}
