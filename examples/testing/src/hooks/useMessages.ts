import { useEffect, useState } from "react";
import { getPusherClient, taskChannel } from "../lib/pusher";
import type { Message } from "../realtime.schema";

/** The messages of a task: all that there are, anew after each subscription, and those that come. */
export function useMessages(taskId: string, load: (taskId: string) => Promise<Message[]>): Message[] {
  const [messages, setMessages] = useState<Message[]>([]);

  useEffect(() => {
    const add = (...more: Message[]) =>
      setMessages((known) => [...known, ...more.filter(({ id }) => known.every((message) => message.id !== id))]);
    const client = getPusherClient();
    const channel = client.subscribe(taskChannel(taskId));
    const addOne = (message: Message) => add(message);
    const loadAll = () => void load(taskId).then((all) => add(...all));
    channel.bind("new-message", addOne);
    channel.bind("pusher:subscription_succeeded", loadAll);
    return () => {
      channel.unbind("new-message", addOne);
      channel.unbind("pusher:subscription_succeeded", loadAll);
      client.unsubscribe(taskChannel(taskId));
    };
  }, [taskId, load]);

  return messages;
}
