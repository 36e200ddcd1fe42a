/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { ChannelAuthorizationHandler, UserAuthenticationHandler } from "../options/authorization.js";
import type { HTTPAuthError } from "./errors.js";
import type { Dispatcher } from "../events/dispatcher.js";
import type { Nacl } from "../native/secretbox.js";

// Channels and the user facade of pusher-js take any object that has what they use. So do the mock's: tests hand in doubles.

/** What a channel needs of its client. */
export interface ChannelOwner {
  config: { channelAuthorizer: ChannelAuthorizationHandler; nacl?: Nacl };
  connection: { socket_id: string };
  channels: { remove(name: string): unknown };
  user: { user_data: any; signinDonePromise: Promise<any> | null };
  send_event(event_name: string, data: any, channel?: string): boolean;
  unsubscribe(channel_name: string): void;
  readonly [MOCK]?: MockSide;
}

/** What the user facade needs of its client. */
export interface UserOwner extends ChannelOwner {
  config: ChannelOwner["config"] & { userAuthenticator: UserAuthenticationHandler };
  connection: Dispatcher & { socket_id: string; state: string };
}

/** Where a client of the mock keeps what pusher-js's clients do not have. */
export const MOCK = Symbol("pushrig.client");

type Answered = (...answer: any[]) => void;

/** What a client of the mock knows besides. */
export interface MockSide {
  /** Whether a callback gets metadata however empty it is, and no argument for falsy data. */
  readonly countsArgumentsAsPusherJs: boolean;
  /** Something was bound or unbound. */
  bindingsChanged(): void;
  /** A user's callback threw. */
  callbackFailed(place: { channel?: string; event: string }, error: unknown): void;
  /** The failure of this authorization that a test has asked for, if any. No name: signing in. */
  plannedFailure(channelName?: string): HTTPAuthError | undefined;
  /** Asks for an authorization, which is under way until `callback` has its answer. No name: signing in. */
  authorize<Callback extends Answered>(
    channelName: string | undefined,
    callback: Callback,
    ask: (answer: Callback) => void,
  ): void;
}

const AS_IN_PUSHER_JS: MockSide = {
  countsArgumentsAsPusherJs: true,
  bindingsChanged: () => {},
  callbackFailed: (_place, error) => {
    throw error;
  },
  plannedFailure: () => undefined,
  authorize: (_channelName, callback, ask) => ask(callback),
};

/** The mock's side of an owner; that of a double does what pusher-js does. */
export function mockSide(owner: { readonly [MOCK]?: MockSide }): MockSide {
  return owner[MOCK] ?? AS_IN_PUSHER_JS;
}
