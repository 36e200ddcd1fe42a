/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { ChannelAuthorizationCallback } from "../../options/authorization.js";
import { PrivateChannel } from "./channel.js";
import type { ChannelOwner } from "../owner.js";
import type { PusherEvent } from "../../events/frame.js";
import { logger } from "../logger.js";
import type { View } from "../../delivery/roster.js";

/** Who is on a presence channel. Ids are the strings that object keys are; `me.id` keeps the type it was given. */
export class Members {
  members: any = {};
  count = 0;
  myID: any = null;
  me: any = null;
  /** Where to read who is there, as long as nobody has looked; then `members` and `count` are accessors. */
  #view: View | undefined;

  /** `{ id, info }`, or null for nobody of this id. */
  get(id: string): any {
    return Object.hasOwn(this.members, id) ? { id, info: this.members[id] } : null;
  }

  each(callback: Function): void {
    for (const id of Object.keys(this.members)) callback(this.get(id));
  }

  setMyID(id: string): void {
    this.myID = id;
  }

  /** Takes over the list, and the count, that the service sent. */
  onSubscription(subscriptionData: any): void {
    this.#keep(subscriptionData.presence.hash, subscriptionData.presence.count);
    this.me = this.get(this.myID);
  }

  /** Takes over what a view shows, from now on, without reading more than who one is oneself. For internal use. */
  watch(view: View): void {
    this.#view = view;
    const own = view.info(this.myID);
    this.me = own === undefined ? null : { id: this.myID, info: own[0] };
    const look = <Key extends "members" | "count">(key: Key, get: () => this[Key]) => ({
      get,
      set: (value: this[Key]) => {
        this.own();
        this[key] = value;
      },
      enumerable: true,
      configurable: true,
    });
    Object.defineProperties(this, {
      members: look("members", () => this.own()),
      count: look("count", () => view.count),
    });
  }

  /** Copies what it has only viewed so far, and keeps the copy up to date from then on. For internal use. */
  own(): any {
    const view = this.#view;
    if (view === undefined) return this.members;
    const members = view.hash();
    // As in pusher-js the two are one object.
    if (this.me && Object.hasOwn(members, this.me.id)) members[this.me.id] = this.me.info;
    this.#keep(members, view.count);
    view.follow();
    return members;
  }

  #keep(members: any, count: number): void {
    this.#view = undefined;
    const field = (value: unknown) => ({ value, writable: true, enumerable: true, configurable: true });
    Object.defineProperties(this, { members: field(members), count: field(count) });
  }

  addMember({ user_id, user_info }: any): any {
    if (this.get(user_id) === null) this.count += 1;
    this.members[user_id] = user_info;
    return this.get(user_id);
  }

  /** The member who left, or null for nobody. */
  removeMember({ user_id }: any): any {
    const member = this.get(user_id);
    if (member) {
      delete this.members[user_id];
      this.count -= 1;
    }
    return member;
  }

  reset(): void {
    this.#keep({}, 0);
    this.myID = null;
    this.me = null;
  }
}

/** A channel that knows who is on it. */
export class PresenceChannel extends PrivateChannel {
  /** The same object for the channel's whole life; emptied while disconnected, kept as it was after `unsubscribe`. */
  members: Members;

  constructor(name: string, pusher: ChannelOwner) {
    super(name, pusher);
    this.members = new Members();
  }

  /** Takes the member's id from `channel_data`, or from the signed-in user where there is none. */
  override authorize(socketId: string, callback: ChannelAuthorizationCallback): void {
    // Async as in pusher-js: with `channel_data` it goes on at once, and an exception is an unhandled rejection.
    super.authorize(socketId, async (error, data) => {
      if (!error && data) {
        if (data.channel_data != null) {
          this.members.setMyID(JSON.parse(data.channel_data).user_id);
        } else {
          await this.pusher.user.signinDonePromise;
          if (this.pusher.user.user_data == null) {
            logger.error(
              `Invalid auth response for channel '${this.name}', expected 'channel_data' field. ` +
                "See: https://pusher.com/docs/channels/server_api/authorizing-users/, or the user should be signed in.",
            );
            // A string and nothing else, as in pusher-js: the event says `error: undefined`.
            (callback as Function)("Invalid auth response");
            return;
          }
          this.members.setMyID(this.pusher.user.user_data.id);
        }
      }
      callback(error, data);
    });
  }

  override handleEvent(event: PusherEvent): void {
    if (event.event.startsWith("pusher_internal:")) this.handleInternalEvent(event);
    else this.deliver(event.event, event.data, event.user_id);
  }

  handleInternalEvent(event: PusherEvent): void {
    switch (event.event) {
      case "pusher_internal:subscription_succeeded":
        this.handleSubscriptionSucceededEvent(event);
        break;
      case "pusher_internal:subscription_count":
        this.handleSubscriptionCountEvent(event);
        break;
      case "pusher_internal:member_added":
        this.emit("pusher:member_added", this.members.addMember(event.data));
        break;
      case "pusher_internal:member_removed": {
        const member = this.members.removeMember(event.data);
        if (member) this.emit("pusher:member_removed", member);
        break;
      }
    }
  }

  /** The subscription is in force. Who is there is read when somebody looks, or listens for changes. */
  welcome(view: View): void {
    if (Object.hasOwn(this, "handleEvent")) {
      view.follow();
      this.handleEvent(view.succeeded());
    } else {
      this.#succeeded(() => {
        this.members.watch(view);
        this.#heed();
      });
    }
  }

  protected override bindingsChanged(): void {
    super.bindingsChanged();
    this.#heed();
  }

  override handleSubscriptionSucceededEvent(event: PusherEvent): void {
    this.#succeeded(() => this.members.onSubscription(event.data));
  }

  /** Who wants to be told of members coming and going has to keep a list of its own. */
  #heed(): void {
    if (this.hears("pusher:member_added") || this.hears("pusher:member_removed")) this.members.own();
  }

  #succeeded(takeMembers: () => void): void {
    this.subscriptionPending = false;
    this.subscribed = true;
    if (this.subscriptionCancelled) {
      this.pusher.unsubscribe(this.name);
      return;
    }
    takeMembers();
    this.emit("pusher:subscription_succeeded", this.members);
  }

  override disconnect(): void {
    this.members.reset();
    super.disconnect();
  }
}
