import { after } from "next/server";
import { askAgent } from "@/lib/agent";
import { db } from "@/lib/db";
import { getTaskChannelName, PUSHER_EVENTS, pusherServer } from "@/lib/pusher";

interface NewMessage {
  taskId: string;
  author: string;
  text: string;
  /** The sender's connection, which need not hear of its own message. */
  socketId?: string;
}

export async function POST(request: Request) {
  const { socketId, ...data } = (await request.json()) as NewMessage;
  const message = await db.chatMessage.create({ data });
  await pusherServer.trigger(
    getTaskChannelName(data.taskId),
    PUSHER_EVENTS.NEW_MESSAGE,
    { messageId: message.id },
    { socket_id: socketId },
  );

  if (data.text.includes("@agent")) {
    after(() => askAgent(data.taskId, new URL("/api/chat/response", request.url)));
  }
  return Response.json(message, { status: 201 });
}
