/** The options that lead pusher-js to a gateway and nowhere else. Safe in browsers. */

import { checkObject } from "./checks.js";
import { checkOwnOptions, type GatewayClientOptions, type Options, type Transport } from "./client.js";
import { MOCK_CREDENTIALS } from "./defaults.js";
import { gatewayAddress } from "./gateway-address.js";

/** The transports that a gateway serves. For others pusher-js would look for the public service. */
const SERVED: readonly Transport[] = ["ws", "xhr_streaming", "xhr_polling"];

/** The address that the build was given. Bundlers put a text in place of exactly these words. */
function configuredAddress(): URL | undefined {
  let url: string | undefined;
  try {
    url = process.env.NEXT_PUBLIC_PUSHRIG_URL;
  } catch {
    // A browser without a bundler that knows `process`.
  }
  return url ? gatewayAddress(url, "NEXT_PUBLIC_PUSHRIG_URL") : undefined;
}

/**
 * Completes options of pusher-js. Where the connection goes is settled here: the application's hosts count only if they
 * are this machine or the page's own; TLS follows from the address; statistics are off. Authorization is the
 * application's own, or, when it configures none, the gateway's.
 *
 * @param fallback the gateway's address if neither the options nor the environment say it
 * @throws TypeError for an address that is no `http:` or `https:` URL, or the public service's, and for wrong options
 */
export function optionsFor(given: GatewayClientOptions, fallback: string): Options {
  checkObject(given, 'clientOptions() takes an object such as { url: "http://localhost:6001" }');
  checkOwnOptions(given);
  const { url, user, authorize: _forNodeOnly, name: _forTestsOnly, ...own } = withoutUndefined(given);
  const gateway = addressed(
    url === undefined ? (configuredAddress() ?? new URL(fallback)) : gatewayAddress(url, "the option url"),
    own,
  );
  const prefix = gateway.pathname.replace(/\/+$/, "");
  const port = Number(gateway.port) || (gateway.protocol === "https:" ? 443 : 80);
  const served = own.enabledTransports?.filter((transport) => SERVED.includes(transport)) ?? [];
  const options: Options = {
    cluster: MOCK_CREDENTIALS.cluster,
    ...own,
    forceTLS: gateway.protocol === "https:",
    wsHost: gateway.hostname,
    wsPort: port,
    wssPort: port,
    wsPath: prefix,
    httpHost: gateway.hostname,
    httpPort: port,
    httpsPort: port,
    httpPath: `${prefix}/pusher`,
    enabledTransports: served.length > 0 ? served : [...SERVED],
    enableStats: false,
  };
  const signer = `${gateway.origin}${prefix}/pusher`;
  // Laravel Echo writes its CSRF token into these headers, and expects them.
  const asked = (endpoint: string) => ({ endpoint, transport: "ajax", params: described(user), headers: {} }) as const;
  if (!authorizesChannels(own)) options.channelAuthorization = asked(`${signer}/auth`);
  options.userAuthentication ??= asked(`${signer}/user-auth`);
  return options;
}

/** Without keys that are there but say nothing, as `wsHost: process.env.HOST` does when it is not set. */
function withoutUndefined(options: GatewayClientOptions): GatewayClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const mentioned = new Set<string>();

/** The gateway's address with the host, port and path that the application's own options name, if they stay here. */
function addressed(gateway: URL, { wsHost, wsPort, wsPath }: GatewayClientOptions): URL {
  if (wsHost !== undefined && !isHere(wsHost, gateway)) {
    if (!mentioned.has(wsHost)) {
      mentioned.add(wsHost);
      console.warn(
        `pushrig: wsHost ${JSON.stringify(wsHost)} is not this machine, so the mock ignores it and connects to ${gateway.host}. ` +
          "For a gateway elsewhere set NEXT_PUBLIC_PUSHRIG_URL or the option url.",
      );
    }
    return gateway;
  }
  const address = new URL(gateway);
  if (wsHost !== undefined) address.hostname = wsHost === "::1" ? "[::1]" : wsHost;
  if (wsPort !== undefined) address.port = String(wsPort);
  if (wsPath !== undefined) address.pathname = wsPath;
  return address;
}

function isHere(host: string, gateway: URL): boolean {
  return (
    host === gateway.hostname ||
    host === globalThis.location?.hostname ||
    /^(localhost|.*\.localhost|127\.[\d.]+|\[?::1\]?)$/.test(host)
  );
}

/** pusher-js takes any of these for an authorization of the application's own. */
function authorizesChannels(options: GatewayClientOptions): boolean {
  return ["channelAuthorization", "authEndpoint", "authTransport", "authorizer", "auth"].some(
    (name) => name in options,
  );
}

/** Option `user` as the parameters of a request to the gateway's signer. */
function described(user: GatewayClientOptions["user"]): Record<string, string> {
  const params: Record<string, string> = {};
  if (user?.id !== undefined) params.user_id = String(user.id);
  if (user?.info !== undefined) params.user_info = JSON.stringify(user.info);
  if (user?.watchlist !== undefined) params.watchlist = JSON.stringify(user.watchlist);
  return params;
}
