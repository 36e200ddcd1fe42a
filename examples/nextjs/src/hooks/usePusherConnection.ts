"use client";

import type { Channel } from "pusher-js";
import { useEffect, useEffectEvent, useState } from "react";
import { getPusherClient } from "@/lib/pusher";

/** How many components listen to a channel: the last one to leave unsubscribes. */
const listeners = new Map<Channel, number>();

function join(channelName: string): Channel {
  const channel = getPusherClient().subscribe(channelName);
  listeners.set(channel, (listeners.get(channel) ?? 0) + 1);
  return channel;
}

function leave(channel: Channel) {
  const left = (listeners.get(channel) ?? 1) - 1;
  if (left > 0) {
    listeners.set(channel, left);
    return;
  }
  listeners.delete(channel);
  channel.pusher.unsubscribe(channel.name);
}

interface Options<Data> {
  channelName: string;
  eventName: string;
  onEvent: (data: Data) => void;
  /** Called whenever the subscription is acknowledged, also after a lost connection: what was missed can be fetched now. */
  onSubscribed?: (channel: Channel) => void;
  enabled?: boolean;
}

/** Calls `onEvent` for each event on a channel while the component is mounted. */
export function usePusherConnection<Data>({ channelName, eventName, enabled = true, ...callbacks }: Options<Data>) {
  const [isSubscribed, setSubscribed] = useState(false);
  const onEvent = useEffectEvent(callbacks.onEvent);
  const onSubscribed = useEffectEvent((channel: Channel) => {
    setSubscribed(true);
    callbacks.onSubscribed?.(channel);
  });

  useEffect(() => {
    if (!enabled) return;
    const channel = join(channelName);
    const handleEvent = (data: Data) => onEvent(data);
    const handleSubscribed = () => onSubscribed(channel);
    channel.bind(eventName, handleEvent);
    channel.bind("pusher:subscription_succeeded", handleSubscribed);
    if (channel.subscribed) handleSubscribed();
    return () => {
      channel.unbind(eventName, handleEvent);
      channel.unbind("pusher:subscription_succeeded", handleSubscribed);
      leave(channel);
      setSubscribed(false);
    };
  }, [channelName, eventName, enabled]);

  return { isSubscribed };
}
