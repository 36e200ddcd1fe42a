/** The clients of this page: pusher-js itself, pointed at the gateway of the test file. */

import type Pusher from "pusher-js";
import { show } from "../base/shown.js";
import { realNow, realTimers } from "../base/fakes.js";
import { MOCK_CREDENTIALS } from "../options/defaults.js";
import { type GatewayClientOptions, namesCluster } from "../options/client.js";
import { optionsFor } from "../options/gateway-client.js";
import { JOURNAL, type Subject } from "../journal/subject.js";
import { forgetArrivals, type Frame, misspelt, noteArrivals } from "./arrivals.js";
import { application } from "./application.js";
import { signWhereNobodyAnswers } from "./signing.js";
import { gatewayUrl } from "./gateway.js";

/** Where a real client would go. Here there is one place. */
const PLACES: ReadonlySet<string> = new Set([
  "url",
  "wsHost",
  "wsPort",
  "wssPort",
  "wsPath",
  "httpHost",
  "httpPort",
  "httpsPort",
  "httpPath",
]);

/** Milliseconds after which nobody waits for a client that gets no answer: a test has pulled its cable, or refuses it. */
const PATIENCE = 1_000;
/** Milliseconds between two looks. */
const INTERVAL = 4;

const UNSIGNED =
  "pushrig: the option authorize does not work in a page of Vitest's browser mode, since a route signs with a secret, which is a server's " +
  "work. Leave it out and the gateway signs, for whom the option user names; test the route itself in Node.";

let clients: WeakRef<Pusher>[] = [];

function living(): Pusher[] {
  clients = clients.filter((client) => client.deref() !== undefined);
  return clients.flatMap((client) => client.deref() ?? []);
}

/**
 * The class of pusher-js, whose clients connect to the gateway of the test file, whatever their options say. No subclass: `instances`
 * and `log` are read and written on the one class that pusher-js knows.
 */
export function pointed(Real: typeof Pusher): typeof Pusher {
  return new Proxy(Real, {
    construct(target, [key, options]: [string | undefined, GatewayClientOptions | undefined], newTarget) {
      // Without a cluster pusher-js has something to say, as in production.
      if (!namesCluster(options)) return Reflect.construct(target, [key, options], newTarget);
      if (options?.authorize !== undefined) throw new Error(UNSIGNED);
      const own = Object.fromEntries(Object.entries(options ?? {}).filter(([name]) => !PLACES.has(name)));
      const completed = optionsFor({ ...own, url: gatewayUrl() }, gatewayUrl());
      const { key: mockKey } = MOCK_CREDENTIALS;
      const client: Pusher = Reflect.construct(target, [key === undefined ? mockKey : key, completed], newTarget);
      clients.push(new WeakRef(client));
      noteArrivals(client);
      signWhereNobodyAnswers(client, options ?? {});
      Object.defineProperties(client, {
        // The name under which the journal knows a socket.
        connectionId: { get: () => client.connection.socket_id, configurable: true },
        [JOURNAL]: {
          value: (): Subject => ({ app: application, client: { connectionId: client.connection.socket_id } }),
        },
      });
      return client;
    },
  });
}

/** Those that got no answer in time. Nobody waits for them again before they have one. */
const stuck = new WeakSet<Pusher>();

/**
 * Resolves once what this page's clients have asked for has come about: they are connected and on their channels, and off those that they
 * have left; and once their callbacks have had all that the gateway has sent so far. What is immediate in Node is so, if that is awaited.
 */
export async function caughtUp(): Promise<void> {
  await Promise.all(living().map(catchUp));
}

async function catchUp(client: Pusher): Promise<void> {
  const start = realNow();
  while (!isSettled(client)) {
    if (stuck.has(client)) return;
    if (realNow() - start > PATIENCE) {
      stuck.add(client);
      return;
    }
    await new Promise((resolve) => realTimers.setTimeout(resolve, INTERVAL));
  }
  if (await pong(client)) stuck.delete(client);
  else stuck.add(client);
}

/** Whether it waits for nothing that comes by itself in a moment. */
function isSettled(client: Pusher): boolean {
  const { state } = client.connection;
  if (state === "initialized" || state === "connecting") return false;
  if (state !== "connected") return true;
  return client.allChannels().every(({ subscriptionPending, subscriptionCancelled }) => {
    return !subscriptionPending || subscriptionCancelled;
  });
}

/** Frames of a socket come in order: what was sent before a pong has come before it. `false` when none comes. */
function pong(client: Pusher): Promise<boolean> {
  const { connection } = client;
  if (connection.state !== "connected") return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (isAnswered: boolean): void => {
      realTimers.clearTimeout(timer);
      connection.unbind("message", onFrame);
      connection.unbind("state_change", onChange);
      resolve(isAnswered);
    };
    const onFrame = ({ event }: Frame): void => {
      if (event === "pusher:pong") end(true);
    };
    const onChange = (): void => end(true);
    const timer = realTimers.setTimeout(() => end(false), stuck.has(client) ? 0 : PATIENCE);
    connection.bind("message", onFrame);
    connection.bind("state_change", onChange);
    connection.send_event("pusher:ping", {});
  });
}

/** Texts about what has come to this page and was heard by nobody, though a name one letter away was bound. */
export function misspellings(): Array<{ text: string; names: [string, string] }> {
  return living()
    .flatMap(misspelt)
    .map(({ event, channel, near = "" }) => ({
      text: `nobody has bound ${show(event)} on ${show(channel)}, and ${show(near)} is bound there: is one of them misspelt?`,
      names: [event, near],
    }));
}

/** What a reset makes of them: they stay connected, on no channel, with nothing bound. */
export function resetClients(): void {
  for (const client of living()) {
    forgetArrivals(client);
    for (const { name } of client.allChannels()) {
      client.channel(name).unbind();
      client.unsubscribe(name);
    }
  }
}
