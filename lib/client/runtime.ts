/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */

import { Dispatcher } from "../events/dispatcher.js";
import type { AuthorizationCallback } from "./authorization/endpoint.js";
import type { AuthorizationKind } from "./authorization/signature.js";
import { UnsupportedFeature } from "./errors.js";
import type { InternalAuthOptions } from "../options/authorization.js";
import { endpoints } from "./on-demand.js";

/** Always online: the in-process client depends on no network. */
class NetInfo extends Dispatcher {
  isOnline(): boolean {
    return true;
  }
}

const netInfo = new NetInfo();

function opensNoSocket(name: string): () => never {
  return () => {
    throw new UnsupportedFeature(
      `pushrig: Runtime.${name} is not available: the mock client talks to the broker in this process and opens no ` +
        "connection. To reach another process use pusher-js with the address that listen() gives.",
    );
  };
}

/** pusher-js's own authorizer, for plugins that put theirs around it: asks `endpoint` with what `createXHR()` makes. */
function authorizeByRequest(_context: unknown, ...asked: Asked): any {
  return endpoints().authorizeByRequest(Runtime.createXHR(), ...asked);
}

type Asked = [query: string, auth: InternalAuthOptions, kind: AuthorizationKind, callback: AuthorizationCallback];

/** `Pusher.Runtime` with the members of pusher-js's Node build. Those that open a socket to the service throw: there is none. */
export const Runtime: Record<string, any> = {
  getDefaultStrategy: opensNoSocket("getDefaultStrategy"),
  Transports: { ws: { isSupported: () => true }, xhr_streaming: {}, xhr_polling: {} },
  setup: (client: { ready(): void }) => client.ready(),
  getProtocol: () => "http:",
  isXHRSupported: () => true,
  createSocketRequest: opensNoSocket("createSocketRequest"),
  getLocalStorage: () => undefined,
  createXHR: () => new (Runtime.getXHRAPI())(),
  createWebSocket: opensNoSocket("createWebSocket"),
  addUnloadListener: () => {},
  removeUnloadListener: () => {},
  transportConnectionInitializer: () => {},
  HTTPFactory: {},
  TimelineTransport: { name: "xhr" },
  getAuthorizers: () => ({ ajax: authorizeByRequest }),
  getWebSocketAPI: opensNoSocket("getWebSocketAPI"),
  getXHRAPI: () => globalThis.XMLHttpRequest ?? endpoints().Xhr,
  getNetwork: () => netInfo,
  randomInt: (max: number) => Math.floor(Math.random() * max),
};
