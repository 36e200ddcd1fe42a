import { Channel, forget, PrivateChannel } from "./channel.js";
import { type ChannelOwner, mockSide } from "../owner.js";
import { EncryptedChannel } from "./encrypted.js";
import { BadChannelName, UnsupportedFeature } from "../errors.js";
import { PresenceChannel } from "./presence.js";
import { show } from "../../base/shown.js";
import { routesChanged } from "../../events/route.js";

export interface ChannelTable {
  [name: string]: Channel;
}

/** A client's channels by name: subscribed, pending and failed ones. */
export class Channels {
  /** In the order of object keys: names that are integers come first when everything is subscribed again. */
  channels: ChannelTable = {};

  /** The channel of this name, made if there is none. */
  add(name: string, pusher: ChannelOwner): Channel {
    const known = this.find(name);
    if (known) return known;
    const channel = createChannel(name, pusher);
    mockSide(pusher).noteUse();
    routesChanged();
    // Defined, not assigned: `__proto__` is a legal channel name.
    Object.defineProperty(this.channels, name, {
      value: channel,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    return channel;
  }

  all(): Channel[] {
    return Object.values(this.channels);
  }

  /** Undefined when there is none (typed as in pusher-js). */
  find(name: string): Channel {
    const channel = this.channels[name];
    // The second look is for names such as `constructor`, which pusher-js finds on every object.
    return (channel !== undefined && Object.hasOwn(this.channels, name) ? channel : undefined) as Channel;
  }

  remove(name: string): Channel {
    const channel = this.find(name);
    routesChanged();
    if (channel !== undefined) mockSide(channel.pusher).noteLetGo(channel);
    delete this.channels[name];
    return channel;
  }

  /** The connection is gone. A subscription that was cancelled while pending ends here; pusher-js revives it. */
  disconnect(): void {
    for (const channel of this.all()) {
      if (channel.subscriptionPending && channel.subscriptionCancelled) this.remove(channel.name);
      channel.disconnect();
    }
  }

  /** Lets go of every channel for good: `reset()`. */
  forgetAll(): void {
    for (const channel of this.all()) forget(channel);
    this.channels = {};
    routesChanged();
  }
}

/** The kind of a channel is in its name's beginning. */
function createChannel(name: string, pusher: ChannelOwner): Channel {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `pushrig: subscribe(${show(name)}) needs a channel's name, a string of 1 to 164 characters. ` +
        'Pass one, for example subscribe("task-123").',
    );
  }
  if (name.startsWith("private-encrypted-")) {
    const { nacl } = pusher.config;
    if (nacl) return new EncryptedChannel(name, pusher, nacl);
    throw new UnsupportedFeature(
      "Tried to subscribe to a private-encrypted- channel but no nacl implementation available. See: " +
        "https://github.com/pusher/pusher-js/tree/cc491015371a4bde5743d1c87a0fbac0feb53195#encrypted-channel-support",
    );
  }
  if (name.startsWith("private-")) return new PrivateChannel(name, pusher);
  if (name.startsWith("presence-")) return new PresenceChannel(name, pusher);
  if (name.startsWith("#")) throw new BadChannelName(`Cannot create a channel with name "${name}".`);
  return new Channel(name, pusher);
}
