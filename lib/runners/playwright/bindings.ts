/** Which names pages have bound: the gateway knows what they are subscribed to, and no more. */

import type { BrowserContext, Frame } from "@playwright/test";
import { USER_CHANNEL } from "../../base/user-channel.js";
import type { BoundInPages } from "../../journal/unheard.js";

/** Milliseconds that all pages together have to say it: one that hangs may not. */
const PATIENCE = 1_000;

/** What one client of pusher-js in a page has bound. */
interface Bound {
  socketId: string;
  /** On the client, for every channel. */
  everywhere: string[];
  /** On `pusher.user`. */
  user: string[];
  channels: Record<string, string[]>;
}

/** What was bound in pages when they were asked. */
export class PageBindings {
  readonly #bySocket = new Map<string, Bound>();

  /** Asks the pages that are open. Never fails: what a page does not say is not known. */
  async read(contexts: Iterable<BrowserContext>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE)));
    const frames = [...contexts].flatMap(framesOf);
    await Promise.race([Promise.all(frames.map((frame) => this.#ask(frame))), late]);
    clearTimeout(timer);
  }

  readonly names: BoundInPages = (socketId, channel) => {
    const bound = this.#bySocket.get(socketId);
    if (bound === undefined) return undefined;
    const own = channel.startsWith(USER_CHANNEL) ? bound.user : Object(bound.channels)[channel];
    return [...((own as string[] | undefined) ?? []), ...bound.everywhere];
  };

  async #ask(frame: Frame): Promise<void> {
    try {
      for (const bound of await frame.evaluate(boundHere)) this.#bySocket.set(bound.socketId, bound);
    } catch {
      // It was closed, or goes elsewhere.
    }
  }
}

function framesOf(context: BrowserContext): Frame[] {
  try {
    return context.pages().flatMap((page) => page.frames());
  } catch {
    return [];
  }
}

/** pusher-js, as far as it says what is bound. Names have an underscore before them there. */
interface Dispatcher {
  callbacks?: { _callbacks?: Record<string, unknown[]> };
}

interface Instance {
  connection?: { socket_id?: string };
  global_emitter?: Dispatcher;
  user?: Dispatcher;
  allChannels(): Array<Dispatcher & { name: string }>;
}

/** Runs in the page, so it knows nothing but what stands in it. pusher-js is there by its name, also out of a bundle. */
function boundHere(): Bound[] {
  const { Pusher } = globalThis as { Pusher?: { instances?: Instance[] } };
  const names = (one?: Dispatcher): string[] =>
    Object.keys(one?.callbacks?._callbacks ?? {}).map((name) => name.slice(1));
  return (Pusher?.instances ?? []).flatMap((client) => {
    const socketId = client.connection?.socket_id;
    if (typeof socketId !== "string") return [];
    const channels = Object.fromEntries(client.allChannels().map((channel) => [channel.name, names(channel)]));
    return [{ socketId, channels, everywhere: names(client.global_emitter), user: names(client.user) }];
  });
}
