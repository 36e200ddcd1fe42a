/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { ChannelAuthorizationCallback, ChannelAuthorizationData } from "../../options/authorization.js";
import { type ChannelOwner, mockSide } from "../owner.js";
import { Dispatcher, type Metadata } from "../../events/dispatcher.js";
import { authErrorEvent, BadEventName } from "../errors.js";
import type { PusherEvent } from "../../events/frame.js";
import { logger } from "../logger.js";
import { NOBODY, type RouteAnswer, STEP_BY_STEP } from "../../events/route.js";

/** Channels from before a `reset()`: nothing reaches them any more. */
const forgotten = new WeakSet<Channel>();
const warnedAbout = new WeakSet<Channel>();

/** Marks a channel as from before a `reset()`. */
export function forget(channel: Channel): void {
  channel.disconnect();
  forgotten.add(channel);
}

/** A public channel, and what all kinds have in common. Life cycle as in pusher-js 8.6.0. */
export class Channel extends Dispatcher {
  name: string;
  pusher: ChannelOwner;
  subscribed = false;
  subscriptionPending = false;
  subscriptionCancelled = false;
  /** Absent until the first `pusher:subscription_count`. */
  declare subscriptionCount: any;

  constructor(name: string, pusher: ChannelOwner) {
    super((eventName: string) => logger.debug(`No callbacks on ${name} for ${eventName}`));
    this.name = name;
    this.pusher = pusher;
  }

  override bind(eventName: string, callback: Function, context?: any): this {
    super.bind(eventName, callback, context);
    this.#warnIfForgotten(`"${eventName}"`);
    return this;
  }

  override bind_global(callback: Function): this {
    super.bind_global(callback);
    this.#warnIfForgotten("all events");
    return this;
  }

  protected override bindingsChanged(): void {
    mockSide(this.pusher).bindingsChanged();
  }

  protected override noteBound(eventName: string | undefined): void {
    mockSide(this.pusher).noteBound(this, eventName);
  }

  protected override noteUnbound(eventName: string | undefined, count: number): void {
    mockSide(this.pusher).noteUnbound(this, eventName, count);
  }

  /** A public channel needs no authorization. */
  authorize(_socketId: string, callback: ChannelAuthorizationCallback): void {
    callback(null, { auth: "" });
  }

  /**
   * Sends a client event to the others on this channel. True when it went out, which does not mean that the service
   * accepts it: on a public channel it answers with an error that has no code.
   * @throws BadEventName unless the event's name starts with `client-`
   */
  trigger(event: string, data: any): boolean {
    if (!event.startsWith("client-")) throw new BadEventName(`Event '${event}' does not start with 'client-'`);
    if (!this.subscribed) {
      logger.warn(
        "Client event triggered before channel 'subscription_succeeded' event . " +
          "See: https://pusher.com/docs/client_api_guide/client_events#trigger-events",
      );
    }
    return this.pusher.send_event(event, data, this.name);
  }

  /** The connection is gone: nothing is subscribed any more. */
  disconnect(): void {
    this.subscribed = false;
    this.subscriptionPending = false;
  }

  /** Takes an event of this channel. Names that start with `pusher_internal:` never reach a callback. */
  handleEvent(event: PusherEvent): void {
    const { event: name, data } = event;
    if (name === "pusher_internal:subscription_succeeded") this.handleSubscriptionSucceededEvent(event);
    else if (name === "pusher_internal:subscription_count") this.handleSubscriptionCountEvent(event);
    else if (!name.startsWith("pusher_internal:")) this.deliver(name, data, undefined);
  }

  /** The short way of a published event: what `handleEvent` and `deliver` come to where nothing else has a say. */
  route(eventName: string): RouteAnswer {
    if (this.global_callbacks.length > 0 || Object.hasOwn(this, "handleEvent")) return STEP_BY_STEP;
    const callbacks = this.callbacks.get(eventName);
    if (callbacks === undefined) return NOBODY;
    return { callbacks, failed: (error) => this.callbackFailed(eventName, error) };
  }

  handleSubscriptionSucceededEvent(event: PusherEvent): void {
    this.subscriptionPending = false;
    this.subscribed = true;
    if (this.subscriptionCancelled) this.pusher.unsubscribe(this.name);
    else this.emit("pusher:subscription_succeeded", event.data);
  }

  handleSubscriptionCountEvent(event: PusherEvent): void {
    if (event.data.subscription_count) this.subscriptionCount = event.data.subscription_count;
    this.emit("pusher:subscription_count", event.data);
  }

  /** Asks the service for a subscription, unless there is one. */
  subscribe(): void {
    if (this.subscribed) return;
    this.subscriptionPending = true;
    this.subscriptionCancelled = false;
    mockSide(this.pusher).noteSubscribing(this.name);
    this.authorize(this.pusher.connection.socket_id, (error, data) => {
      if (error) {
        this.#refused(error);
        return;
      }
      const { auth, channel_data } = data as ChannelAuthorizationData;
      this.pusher.send_event("pusher:subscribe", { auth, channel_data, channel: this.name });
    });
  }

  unsubscribe(): void {
    this.subscribed = false;
    this.pusher.send_event("pusher:unsubscribe", { channel: this.name });
  }

  cancelSubscription(): void {
    this.subscriptionCancelled = true;
  }

  reinstateSubscription(): void {
    this.subscriptionCancelled = false;
  }

  /**
   * Calls back for an event from the service. pusher-js always passes metadata, however empty; the mock's immediate and
   * polling delivery pass it only when it says something, so that `toHaveBeenCalledWith(data)` holds.
   */
  protected deliver(eventName: string, data: any, userId: string | undefined): void {
    if (userId) this.emit(eventName, data, { user_id: userId } satisfies Metadata);
    else if (mockSide(this.pusher).countsArgumentsAsPusherJs) this.emit(eventName, data, {});
    else this.emitCounted(eventName, data, undefined, 1);
  }

  protected override callbackFailed(eventName: string, error: unknown): void {
    mockSide(this.pusher).callbackFailed({ channel: this.name, event: eventName }, error);
  }

  #refused(error: Error): void {
    mockSide(this.pusher).noteRefused(this.name, error);
    this.subscriptionPending = false;
    logger.error(error.toString());
    // pusher-js keeps it, and subscribes it again with the next connection although it was unsubscribed.
    if (this.subscriptionCancelled) this.pusher.channels.remove(this.name);
    this.emit("pusher:subscription_error", authErrorEvent(error));
  }

  #warnIfForgotten(what: string): void {
    if (forgotten.has(this) && !warnedAbout.has(this)) {
      warnedAbout.add(this);
      console.warn(
        `pushrig: ${what} was bound on a channel "${this.name}" from before reset(), which gets no events any more. ` +
          `Subscribe again and bind on the result: pusher.subscribe("${this.name}").bind(…).`,
      );
    }
  }
}

/** A channel whose subscription is authorized. */
export class PrivateChannel extends Channel {
  override authorize(socketId: string, callback: ChannelAuthorizationCallback): void {
    mockSide(this.pusher).authorize(this.name, callback, (answer) =>
      this.pusher.config.channelAuthorizer({ channelName: this.name, socketId }, answer),
    );
  }
}
