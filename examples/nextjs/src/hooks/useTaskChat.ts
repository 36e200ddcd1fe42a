"use client";

import { useState } from "react";
import { usePusherConnection } from "@/hooks/usePusherConnection";
import { getPusherClient, getTaskChannelName, PUSHER_EVENTS } from "@/lib/pusher";
import type { ChatMessage } from "@/lib/task";
import { currentUser } from "@/lib/user";

async function request<Answer>(path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json() as Promise<Answer>;
}

/** The messages of a task. Events bring ids only, because an event may not exceed 10 KB; the text is fetched. */
export function useTaskChat(taskId: string) {
  const [messages, setMessages] = useState<ChatMessage[]>();

  /** What comes twice, as an event and in answer to a request, is shown once. */
  const add = (...more: ChatMessage[]) =>
    setMessages((known = []) => {
      const unknown = more.filter(({ id }) => known.every((message) => message.id !== id));
      return [...known, ...unknown].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    });

  usePusherConnection<{ messageId: string }>({
    channelName: getTaskChannelName(taskId),
    eventName: PUSHER_EVENTS.NEW_MESSAGE,
    onEvent: ({ messageId }) => void request<ChatMessage>(`/api/chat/messages/${messageId}`).then((one) => add(one)),
    onSubscribed: () => void request<ChatMessage[]>(`/api/tasks/${taskId}/messages`).then((all) => add(...all)),
  });

  async function send(text: string) {
    const message = await request<ChatMessage>("/api/chat/message", {
      method: "POST",
      // This tab shows the answer, so it is left out when the others are told.
      body: JSON.stringify({
        taskId,
        author: currentUser().name,
        text,
        socketId: getPusherClient().connection.socket_id,
      }),
    });
    add(message);
  }

  return { messages: messages ?? [], isLoading: messages === undefined, send };
}
