/**
 * pushrig in a bundle for the browser: every export of the Node entry. `MockPusherClient` is pusher-js pointed at the
 * gateway, which is the broker's door for browsers; what belongs to the server says so when it is used.
 */

import PusherJs from "pusher-js";
import { DEFAULT_HOST, DEFAULT_PORT, MOCK_CREDENTIALS } from "./options/defaults.js";
import { type GatewayClientOptions, namesCluster } from "./options/client.js";
import { optionsFor } from "./options/gateway-client.js";
import type { Options } from "./options/client.js";
import { serverOnly } from "./server/server-only.js";

export const {
  MockPusher,
  MockPusherServer,
  PusherMockState,
  channel,
  configure,
  createMockPusher,
  during,
  idle,
  listen,
  mark,
  network,
  onWebhook,
  pusherMockState,
  reset,
  sentWebhook,
  settledWebhooks,
  webhooks,
  why,
  writeTrace,
} = serverOnly(
  "there is no broker in a browser. Call it where Node runs (an API route, a server action, a test); pages hear of it " +
    "through MockPusherClient.",
);

let mentionedTls = false;

/** Options for `new Pusher(key, …)` of pusher-js that lead to the gateway. */
export function clientOptions(options: GatewayClientOptions = {}): Options {
  const { protocol, hostname } = location;
  const completed = optionsFor(options, `http://${hostname || DEFAULT_HOST}:${DEFAULT_PORT}`);
  if (protocol === "https:" && !completed.forceTLS && !mentionedTls) {
    mentionedTls = true;
    console.warn(
      "pushrig: this page came over https, so pusher-js insists on TLS, and the gateway's address has none. Give the gateway " +
        "a certificate (listen({ tls }), or --tls-cert and --tls-key) and set NEXT_PUBLIC_PUSHRIG_URL to its https: address, " +
        "or open the page over http.",
    );
  }
  return completed;
}

let mentionedGateway = false;

/** Says once what is missing where nobody answers. The browser's own console only shows that connections are refused. */
function mentionGateway({ forceTLS, wsHost, wsPort, wsPath }: Options): void {
  if (mentionedGateway) return;
  mentionedGateway = true;
  console.warn(
    `pushrig: no gateway answers at ${forceTLS ? "https" : "http"}://${wsHost}:${wsPort}${wsPath}; start one with ` +
      '"npx pushrig" or listen(), or set NEXT_PUBLIC_PUSHRIG_URL to the address of one that runs.',
  );
}

/**
 * pusher-js itself, constructed with the gateway's address. No subclass: `instances`, `log` and `logToConsole` are read
 * and written on the one class that pusher-js knows.
 */
export const MockPusherClient = new Proxy(PusherJs, {
  construct(target, [key, options]: [string | undefined, GatewayClientOptions | undefined], newTarget) {
    // Without a cluster pusher-js has something to say, as in production.
    if (!namesCluster(options)) return Reflect.construct(target, [key, options], newTarget);
    const completed = clientOptions(options);
    const { key: mockKey } = MOCK_CREDENTIALS;
    const client: PusherJs = Reflect.construct(target, [key === undefined ? mockKey : key, completed], newTarget);
    client.connection.bind("unavailable", () => mentionGateway(completed));
    // The name under which `pusherMockState` knows a socket.
    Object.defineProperty(client, "connectionId", { get: () => client.connection.socket_id, configurable: true });
    return client;
  },
});
