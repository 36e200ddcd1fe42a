import { useEffect, useRef, useState } from "react";
import { getPusherClient } from "./pusher";

interface Options<Data> {
  channelName: string;
  eventName: string;
  onEvent: (data: Data) => void;
  enabled?: boolean;
}

/** Calls `onEvent` for each event on a channel while the component is mounted. */
export function usePusherConnection<Data>({ channelName, eventName, onEvent, enabled = true }: Options<Data>) {
  const [subscribed, setSubscribed] = useState(false);
  const latest = useRef(onEvent);
  latest.current = onEvent;

  useEffect(() => {
    if (!enabled) return;
    const pusher = getPusherClient();
    const channel = pusher.subscribe(channelName);
    const handle = (data: Data) => latest.current(data);
    channel.bind("pusher:subscription_succeeded", () => setSubscribed(true));
    channel.bind(eventName, handle);
    return () => {
      channel.unbind(eventName, handle);
      pusher.unsubscribe(channelName);
      setSubscribed(false);
    };
  }, [channelName, eventName, enabled]);

  return { subscribed };
}
