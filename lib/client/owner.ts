/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { ChannelAuthorizationHandler, UserAuthenticationHandler } from "../options/authorization.js";
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
  /** There is something to forget at a reset. */
  noteUse(): void;
  /** Something was bound or unbound. */
  bindingsChanged(): void;
  /** A user's callback threw. */
  callbackFailed(place: { channel?: string; event: string }, error: unknown): void;
  /**
   * Something was bound on a channel of the client, on its `user`, or on the client itself: to every event where there is no name.
   */
  noteBound(place: BindingPlace, event: string | undefined): void;
  noteUnbound(place: BindingPlace, event: string | undefined, count: number): void;
  /** The client has let go of a channel, with everything that is bound on it. */
  noteLetGo(channel: Bindable): void;
  /** The client asks for a subscription. */
  noteSubscribing(channelName: string): void;
  /** Authorization was refused, with the status of the answer: that of a channel, or signing in. */
  noteRefused(channelName: string | undefined, error: Error): void;
  /** Asks for an authorization, unless it is to fail. It is under way until `callback` has its answer. No name: signing in. */
  authorize<Callback extends Answered>(
    channelName: string | undefined,
    callback: Callback,
    ask: (answer: Callback) => void,
  ): void;
}

/** A channel, as far as it matters what is bound on it. */
export interface Bindable {
  readonly name: string;
  readonly callbacks: { readonly events: ReadonlyMap<string, readonly unknown[]> };
  readonly global_callbacks: readonly unknown[];
}

export type BindingPlace = Bindable | "user" | "client";

const AS_IN_PUSHER_JS: MockSide = {
  countsArgumentsAsPusherJs: true,
  noteUse: () => {},
  bindingsChanged: () => {},
  callbackFailed: (_place, error) => {
    throw error;
  },
  noteBound: () => {},
  noteUnbound: () => {},
  noteLetGo: () => {},
  noteSubscribing: () => {},
  noteRefused: () => {},
  authorize: (_channelName, callback, ask) => ask(callback),
};

/** The mock's side of an owner; that of a double does what pusher-js does. */
export function mockSide(owner: { readonly [MOCK]?: MockSide }): MockSide {
  return owner[MOCK] ?? AS_IN_PUSHER_JS;
}
