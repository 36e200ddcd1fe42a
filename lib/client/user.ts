/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import { USER_CHANNEL } from "../base/user-channel.js";
import type { UserAuthenticationCallback } from "../options/authorization.js";
import { Channel } from "./channels/channel.js";
import { mockSide, type UserOwner } from "./owner.js";
import { Dispatcher } from "../events/dispatcher.js";
import { authErrorEvent } from "./errors.js";
import type { PusherEvent } from "../events/frame.js";
import { logger } from "./logger.js";

// The same functions for all clients, because most never have a use for them.

function watchlistUnheard(eventName: string): void {
  logger.debug(`No callbacks on watchlist events for ${eventName}`);
}

function userUnheard(eventName: string): void {
  logger.debug(`No callbacks on user for ${eventName}`);
}

/** `pusher.user.watchlist`: `online` and `offline` of the users that this one watches. */
export class WatchlistFacade extends Dispatcher {
  pusher: UserOwner;

  constructor(pusher: UserOwner) {
    super(watchlistUnheard);
    this.pusher = pusher;
    pusher.connection.bind("message", (event: PusherEvent) => {
      if (event.event === "pusher_internal:watchlist_events") this.handleEvent(event);
    });
  }

  handleEvent(pusherEvent: any): void {
    for (const event of pusherEvent.data.events) this.emit(event.name, event);
  }

  protected override bindingsChanged(): void {
    mockSide(this.pusher).bindingsChanged();
  }

  protected override callbackFailed(eventName: string, error: unknown): void {
    mockSide(this.pusher).callbackFailed({ event: eventName }, error);
  }
}

/**
 * `pusher.user`: signs the user in, and again with every new connection, and emits the events sent to the user.
 * `pusher:signin_success` is an event of the client; only `pusher:signin_error` is emitted here.
 */
export class UserFacade extends Dispatcher {
  pusher: UserOwner;
  /** Set by the first `signin()`, for good: a second one does nothing, even after a failure. */
  signin_requested = false;
  /** Null unless signed in. */
  user_data: any = null;
  serverToUserChannel: Channel | null = null;
  /** Resolves, never rejects, when signing in has succeeded or failed; null before `signin()`. */
  signinDonePromise: Promise<any> | null = null;
  watchlist: WatchlistFacade;

  #signinDone: (() => void) | undefined;
  #isSigninDone = true;

  constructor(pusher: UserOwner) {
    super(userUnheard);
    this.pusher = pusher;
    pusher.connection.bind("state_change", ({ previous, current }: { previous: string; current: string }) => {
      if (previous !== "connected" && current === "connected") this.#signin();
      if (previous === "connected" && current !== "connected") {
        this.#cleanUp();
        this.#renewPromise();
      }
    });
    this.watchlist = new WatchlistFacade(pusher);
    pusher.connection.bind("message", (event: PusherEvent) => {
      if (event.event === "pusher:signin_success") this.#succeeded(event.data);
      if (this.serverToUserChannel && this.serverToUserChannel.name === event.channel) {
        this.serverToUserChannel.handleEvent(event);
      }
    });
  }

  signin(): void {
    if (this.signin_requested) return;
    this.signin_requested = true;
    mockSide(this.pusher).noteUse();
    this.#signin();
  }

  protected override bindingsChanged(): void {
    mockSide(this.pusher).bindingsChanged();
  }

  protected override noteBound(eventName: string | undefined): void {
    mockSide(this.pusher).noteBound("user", eventName);
  }

  protected override noteUnbound(eventName: string | undefined, count: number): void {
    mockSide(this.pusher).noteUnbound("user", eventName, count);
  }

  /** `reset()`: nobody is signed in, and nobody has asked for it. Bindings stay. */
  forget(): void {
    this.#cleanUp();
    this.signin_requested = false;
    this.signinDonePromise = null;
  }

  protected override callbackFailed(eventName: string, error: unknown): void {
    mockSide(this.pusher).callbackFailed({ event: eventName }, error);
  }

  #signin(): void {
    if (!this.signin_requested) return;
    this.#renewPromise();
    const { connection, config } = this.pusher;
    // Otherwise it happens once connected.
    if (connection.state !== "connected") return;
    const answered: UserAuthenticationCallback = (error, data) => this.#onAuthorize(error, data);
    mockSide(this.pusher).authorize(undefined, answered, (answer) =>
      config.userAuthenticator({ socketId: connection.socket_id }, answer),
    );
  }

  #onAuthorize(error: Error | null, data: unknown): void {
    if (error) {
      mockSide(this.pusher).noteRefused(undefined, error);
      logger.warn(`Error during signin: ${error}`);
      this.emit("pusher:signin_error", authErrorEvent(error));
      this.#cleanUp();
      return;
    }
    const { auth, user_data } = data as { auth: string; user_data: string };
    this.pusher.send_event("pusher:signin", { auth, user_data });
  }

  #succeeded(data: any): void {
    try {
      this.user_data = JSON.parse(data.user_data);
    } catch {
      logger.error(`Failed parsing user data after signin: ${data.user_data}`);
      this.#cleanUp();
      return;
    }
    if (typeof this.user_data.id !== "string" || this.user_data.id === "") {
      logger.error(`user_data doesn't contain an id. user_data: ${this.user_data}`);
      this.#cleanUp();
      return;
    }
    this.#finish();
    this.#subscribe();
  }

  /** Events sent to the user come on a channel of their own, which is not among the client's channels. */
  #subscribe(): void {
    const channel = new Channel(USER_CHANNEL + this.user_data.id, this.pusher);
    this.serverToUserChannel = channel;
    channel.bind_global((eventName: string, data: unknown) => {
      if (eventName.startsWith("pusher_internal:") || eventName.startsWith("pusher:")) return;
      this.emit(eventName, data);
    });
    if (this.pusher.connection.state === "connected") channel.subscribe();
  }

  #cleanUp(): void {
    this.user_data = null;
    this.serverToUserChannel?.unbind_all();
    this.serverToUserChannel?.disconnect();
    this.serverToUserChannel = null;
    if (this.signin_requested) this.#finish();
  }

  #finish(): void {
    this.#isSigninDone = true;
    this.#signinDone?.();
  }

  #renewPromise(): void {
    if (!this.signin_requested || (this.signinDonePromise && !this.#isSigninDone)) return;
    this.#isSigninDone = false;
    this.signinDonePromise = new Promise<void>((resolve) => {
      this.#signinDone = resolve;
    });
  }
}
