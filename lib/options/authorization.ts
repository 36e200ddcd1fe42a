/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */

// How channels are authorized and users signed in, as options of pusher-js 8.6.0 say it.

export interface ChannelAuthorizationData {
  auth: string;
  channel_data?: string;
  shared_secret?: string;
}
export type ChannelAuthorizationCallback = (error: Error | null, authData: ChannelAuthorizationData | null) => void;
export interface ChannelAuthorizationRequestParams {
  socketId: string;
  channelName: string;
}
export interface ChannelAuthorizationHandler {
  (params: ChannelAuthorizationRequestParams, callback: ChannelAuthorizationCallback): void;
}
export interface UserAuthenticationData {
  auth: string;
  user_data: string;
}
export type UserAuthenticationCallback = (error: Error | null, authData: UserAuthenticationData | null) => void;
export interface UserAuthenticationRequestParams {
  socketId: string;
}
export interface UserAuthenticationHandler {
  (params: UserAuthenticationRequestParams, callback: UserAuthenticationCallback): void;
}
export interface InternalAuthOptions {
  transport: "ajax" | "jsonp";
  endpoint: string;
  params?: any;
  headers?: any;
  paramsProvider?: () => any;
  headersProvider?: () => any;
}
export interface CustomAuthOptions<Handler> {
  customHandler: Handler;
}
export type AuthOptionsT<Handler> = InternalAuthOptions | CustomAuthOptions<Handler>;
export type UserAuthenticationOptions = AuthOptionsT<UserAuthenticationHandler>;
export type ChannelAuthorizationOptions = AuthOptionsT<ChannelAuthorizationHandler>;
export interface DeprecatedChannelAuthorizer {
  authorize(socketId: string, callback: ChannelAuthorizationCallback): void;
}
export interface DeprecatedAuthOptions {
  params?: any;
  headers?: any;
}
export interface DeprecatedAuthorizerOptions {
  authTransport: "ajax" | "jsonp";
  authEndpoint: string;
  auth?: DeprecatedAuthOptions;
}
/** Takes a `Channel`. Written as a method, so that a function which says so is one of these. */
export type ChannelAuthorizerGenerator = {
  generate(channel: { name: string }, options: DeprecatedAuthorizerOptions): DeprecatedChannelAuthorizer;
}["generate"];

/** The application's own route handler, called in place of a request to it. */
export type AuthorizeRoute = (request: Request) => Response | Promise<Response>;
