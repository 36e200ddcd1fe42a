import { log } from "../../base/log.js";
import { throwUncaught } from "../../base/uncaught.js";
import type {
  AuthorizeRoute,
  ChannelAuthorizationHandler,
  CustomAuthOptions,
  DeprecatedAuthorizerOptions,
  InternalAuthOptions,
  UserAuthenticationHandler,
} from "../../options/authorization.js";
import type { MockPusherClientOptions } from "../../options/client.js";
import { endpoints } from "../on-demand.js";
import { addressOf, isHttp } from "./address.js";
import type { AuthorizationEndpoint, AuthorizationCallback } from "./endpoint.js";
import { suiteRoute } from "./suite-route.js";
import { type AuthorizationKind, type AuthorizationParams, canSign, signature, type Signer } from "./signature.js";

/** Signs where no endpoint can be asked. */
export interface ClientSigner extends Signer {
  readonly debug: boolean;
  /** Passes once an answer over the simulated network would be there; undefined where nothing takes time. */
  delay(): Promise<void> | undefined;
  /** Reports what the application's route handler threw. */
  routeFailed(whose: string, error: unknown): void;
  /** For the legacy `authorizer`, which is handed the channel. */
  channel(name: string): { name: string };
}

/**
 * The function behind `config.channelAuthorizer`: the `customHandler`, the legacy `authorizer`, option `authorize`, an
 * HTTP endpoint, or, with none of them, the mock's own signature with the app's secret.
 * @throws a string for an unknown transport, as pusher-js does
 */
export function channelAuthorizer(options: MockPusherClientOptions, signer: ClientSigner): ChannelAuthorizationHandler {
  const auth = channelAuthorization(options, signer);
  if (auth.customHandler != null) return auth.customHandler;
  const isConfigured = "channelAuthorization" in options || Boolean(options.authEndpoint || options.authTransport);
  return requester(
    "channel-authorization",
    auth,
    options.authorize,
    isConfigured,
    signer,
  ) as ChannelAuthorizationHandler;
}

/**
 * The function behind `config.userAuthenticator`. Option `authorize` answers for it only when `userAuthentication` is
 * configured: a route that authorizes channels knows nothing about signing in.
 * @throws a string for an unknown transport, as pusher-js does
 */
export function userAuthenticator(options: MockPusherClientOptions, signer: ClientSigner): UserAuthenticationHandler {
  const auth: AnyAuth<UserAuthenticationHandler> = {
    endpoint: "/pusher/user-auth",
    transport: "ajax",
    ...options.userAuthentication,
  };
  if (auth.customHandler != null) return auth.customHandler;
  const isConfigured = options.userAuthentication != null;
  const route = isConfigured ? options.authorize : undefined;
  return requester("user-authentication", auth, route, isConfigured, signer) as UserAuthenticationHandler;
}

type AnyAuth<Handler> = InternalAuthOptions & Partial<CustomAuthOptions<Handler>>;

function channelAuthorization(
  options: MockPusherClientOptions,
  signer: ClientSigner,
): AnyAuth<ChannelAuthorizationHandler> {
  // The new option, however empty, makes pusher-js ignore all the legacy ones.
  if ("channelAuthorization" in options) {
    return { endpoint: "/pusher/auth", transport: "ajax", ...options.channelAuthorization };
  }
  const auth: AnyAuth<ChannelAuthorizationHandler> = {
    transport: options.authTransport || "ajax",
    endpoint: options.authEndpoint || "/pusher/auth",
  };
  if (options.auth && "params" in options.auth) auth.params = options.auth.params;
  if (options.auth && "headers" in options.auth) auth.headers = options.auth.headers;
  const { authorizer } = options;
  if (authorizer) {
    const legacy: DeprecatedAuthorizerOptions = {
      authTransport: auth.transport,
      authEndpoint: auth.endpoint,
      auth: { params: auth.params, headers: auth.headers },
    };
    auth.customHandler = ({ channelName, socketId }, callback) => {
      // Asked for anew each time, as pusher-js does.
      authorizer(signer.channel(channelName), legacy).authorize(socketId, callback);
    };
  }
  return auth;
}

/** Makes the handler that asks an endpoint, or signs by itself when there is none that could be asked. */
function requester(
  kind: AuthorizationKind,
  auth: InternalAuthOptions,
  route: AuthorizeRoute | undefined,
  isConfigured: boolean,
  signer: ClientSigner,
): (params: AuthorizationParams, callback: AuthorizationCallback) => void {
  if (auth.transport !== "ajax") {
    // oxlint-disable-next-line no-throw-literal -- pusher-js throws this string
    throw `'${auth.transport}' is not a recognized auth transport`;
  }
  return (params, callback) => {
    const sign = (why: string) => {
      noteOwnSignature(kind, auth.endpoint, isConfigured, why, signer);
      callback(null, signature(kind, params, signer));
    };
    const address = isConfigured ? addressOf(auth.endpoint) : undefined;
    const call = route ?? suiteRoute(auth.endpoint);
    const whose = route ? "given as option authorize" : `given for "${auth.endpoint}"`;
    const handler = call && { call, whose, failed: (error: unknown) => signer.routeFailed(whose, error) };
    const asked: AuthorizationEndpoint | undefined = handler ? { route: handler } : address && { address };
    if (asked === undefined) {
      const noPage = () => sign("is relative and there is no page to resolve it against");
      // With simulated latency an authorization takes its time too. One that will be an error comes later in any case, as from
      // an endpoint: whoever has just subscribed can bind to it.
      const delay = signer.delay() ?? (canSign(params, signer) ? undefined : Promise.resolve());
      if (delay === undefined) noPage();
      else delay.then(noPage).catch(throwUncaught);
      return;
    }
    const { ask, logAnswer, settle } = endpoints();
    ask(asked, auth, params)
      .then((answer) => {
        // A page of a test has an address, and mostly nobody there.
        const isDeserted = answer.error?.code === "ECONNREFUSED" && !isHttp(auth.endpoint);
        if (isDeserted) {
          sign(`is ${address?.href} on this page, where nothing answers`);
          return;
        }
        if (signer.debug) logAnswer(kind, asked, params, answer);
        settle(kind, auth.endpoint, answer, callback);
      })
      .catch(throwUncaught);
  };
}

const noted = new Set<string>();

/** Said once for an endpoint that was configured and cannot be asked; otherwise only in the verbose log. */
function noteOwnSignature(
  kind: AuthorizationKind,
  endpoint: string,
  isConfigured: boolean,
  why: string,
  signer: ClientSigner,
): void {
  const key = `${kind} ${isConfigured ? endpoint : signer.app.id}`;
  if (noted.has(key)) return;
  noted.add(key);
  if (!isConfigured) {
    if (signer.debug) log(`no ${kind} is configured: the mock signs with the secret of app ${signer.app.id}`);
    return;
  }
  console.warn(
    `pushrig: the ${kind} endpoint "${endpoint}" ${why}, so the mock ` +
      "signs by itself. To run your own route give its handler as the client's option authorize, or an absolute URL.",
  );
}
