/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */

import { Dispatcher } from "../events/dispatcher.js";
import { UnsupportedFeature } from "./errors.js";

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

/** `Pusher.Runtime` with the members of pusher-js's Node build. Those that open a connection throw. */
export const Runtime: Record<string, any> = {
  getDefaultStrategy: opensNoSocket("getDefaultStrategy"),
  Transports: { ws: { isSupported: () => true }, xhr_streaming: {}, xhr_polling: {} },
  setup: (client: { ready(): void }) => client.ready(),
  getProtocol: () => "http:",
  isXHRSupported: () => true,
  createSocketRequest: opensNoSocket("createSocketRequest"),
  getLocalStorage: () => undefined,
  createXHR: opensNoSocket("createXHR"),
  createWebSocket: opensNoSocket("createWebSocket"),
  addUnloadListener: () => {},
  removeUnloadListener: () => {},
  transportConnectionInitializer: () => {},
  HTTPFactory: {},
  TimelineTransport: { name: "xhr" },
  getAuthorizers: () => ({ ajax: opensNoSocket("getAuthorizers().ajax") }),
  getWebSocketAPI: opensNoSocket("getWebSocketAPI"),
  getXHRAPI: opensNoSocket("getXHRAPI"),
  getNetwork: () => netInfo,
  randomInt: (max: number) => Math.floor(Math.random() * max),
};
