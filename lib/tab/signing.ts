/** Who signs for the channels of this page: the application's own endpoint, and the gateway where nobody answers there. */

import type Pusher from "pusher-js";
import { suiteRoute } from "../client/authorization/suite-route.js";
import { show } from "../base/shown.js";
import { testRunner } from "../events/test-runner.js";
import type { GatewayClientOptions } from "../options/client.js";
import { gatewayUrl } from "./gateway.js";

type Route = "auth" | "user-auth";
type Answered = (error: unknown, data: unknown) => void;
type Authorize = (params: { socketId: string; channelName?: string }, answer: Answered) => void;

/** Taken before a test can put something in its place. */
const fetch = globalThis.fetch.bind(globalThis);

let isMentioned = false;

/**
 * In tests of components nobody serves the application's routes: the page is Vite's, which answers 404. There the gateway signs, as the mock
 * does in Node; it says so once. What a route of the test's own (MSW) answers counts, refusals too.
 */
export function signWhereNobodyAnswers(client: Pusher, options: GatewayClientOptions): void {
  const config = client.config as unknown as { channelAuthorizer: Authorize; userAuthenticator: Authorize };
  config.channelAuthorizer = orByGateway(config.channelAuthorizer, "auth", options);
  config.userAuthenticator = orByGateway(config.userAuthenticator, "user-auth", options);
}

/** Where a client's options have it ask. */
function endpointOf(route: Route, options: GatewayClientOptions): string | undefined {
  const named = route === "auth" ? options.channelAuthorization : options.userAuthentication;
  const { endpoint } = (named ?? {}) as { endpoint?: string };
  return endpoint ?? (route === "auth" ? options.authEndpoint : undefined);
}

/** The configuration has a route for it, which signs with a secret, and so does not run here. */
function unserved(endpoint: string): Error {
  const error = new Error(
    `pushrig: the option routes has a route for ${show(endpoint)}, which does not run in a page of Vitest's browser mode, since it signs ` +
      "with a secret, which is a server's work. Serve the endpoint in the test, with MSW for example, or test the route in Node; where " +
      "routes does not name it, the gateway signs.",
  );
  // Where in this package it was noticed is of no interest.
  error.stack = String(error);
  testRunner()?.fail(error, undefined);
  return error;
}

function orByGateway(own: Authorize, route: Route, options: GatewayClientOptions): Authorize {
  const { user } = options;
  const endpoint = endpointOf(route, options);
  return function (params, answer) {
    own(params, (error, data) => {
      if ((error as { status?: unknown } | null)?.status !== 404) {
        answer(error, data);
        return;
      }
      if (endpoint !== undefined && suiteRoute(endpoint) !== undefined) {
        answer(unserved(endpoint), { auth: "" });
        return;
      }
      if (!isMentioned) {
        isMentioned = true;
        console.warn(
          "pushrig: nobody answers where the application has its channels authorized (404), so the gateway signs, for whom the client's " +
            "option user names. To test your own answers, serve the endpoint in the test, with MSW for example. This is said once.",
        );
      }
      const { id, info, watchlist } = user ?? {};
      const person = id === undefined && info === undefined ? undefined : { user_id: id, user_info: info, watchlist };
      void answerSigned(route, params.socketId, { channel_name: params.channelName, ...person }, answer);
    });
  };
}

async function answerSigned(route: Route, socketId: string, fields: object, answer: Answered): Promise<void> {
  let signature: object;
  try {
    signature = await signed(route, socketId, fields);
  } catch (error) {
    answer(error, { auth: "" });
    return;
  }
  answer(null, signature);
}

/** What the gateway signs. It does for pages of this machine. */
export async function signed<T>(route: Route, socketId: string, fields: object): Promise<T> {
  const form = new URLSearchParams({ socket_id: socketId });
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) form.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  const response = await fetch(`${gatewayUrl()}/pusher/${route}`, { method: "POST", body: form });
  if (!response.ok) throw new Error(`pushrig: the gateway does not sign: ${(await response.text()).trim()}`);
  return (await response.json()) as T;
}
