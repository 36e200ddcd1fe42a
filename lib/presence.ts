/* oxlint-disable typescript/no-explicit-any -- the surface is typed as pusher-js types it */
import type { ChannelAuthorizationCallback } from "./authorization.js";
import { PrivateChannel } from "./channel.js";
import type { MockPusherClient } from "./client.js";
import type { PusherEvent } from "./frame.js";
import { logger } from "./logger.js";

/** Who is on a presence channel. Ids are the strings that object keys are; `me.id` keeps the type it was given. */
export class Members {
  members: any = {};
  count = 0;
  myID: any = null;
  me: any = null;

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
    this.members = subscriptionData.presence.hash;
    this.count = subscriptionData.presence.count;
    this.me = this.get(this.myID);
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
    this.members = {};
    this.count = 0;
    this.myID = null;
    this.me = null;
  }
}

/** A channel that knows who is on it. */
export class PresenceChannel extends PrivateChannel {
  /** The same object for the channel's whole life; emptied while disconnected, kept as it was after `unsubscribe`. */
  members: Members;

  constructor(name: string, pusher: MockPusherClient) {
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
            // A string, as in pusher-js: the event says `error: undefined`.
            callback("Invalid auth response" as unknown as Error, null);
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

  override handleSubscriptionSucceededEvent(event: PusherEvent): void {
    this.subscriptionPending = false;
    this.subscribed = true;
    if (this.subscriptionCancelled) {
      this.pusher.unsubscribe(this.name);
      return;
    }
    this.members.onSubscription(event.data);
    this.emit("pusher:subscription_succeeded", this.members);
  }

  override disconnect(): void {
    this.members.reset();
    super.disconnect();
  }
}
