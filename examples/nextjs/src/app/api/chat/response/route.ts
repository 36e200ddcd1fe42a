import { db } from "@/lib/db";
import { getTaskChannelName, PUSHER_EVENTS, pusherServer } from "@/lib/pusher";
import { publishStatus } from "@/lib/workflow";

/** Where the agent delivers its answer. */
export async function POST(request: Request) {
  const { taskId, text } = (await request.json()) as { taskId: string; text: string };
  const message = await db.chatMessage.create({ data: { taskId, author: "Agent", text } });
  await pusherServer.trigger(getTaskChannelName(taskId), PUSHER_EVENTS.NEW_MESSAGE, { messageId: message.id });
  await publishStatus(taskId, "completed");
  return Response.json(message, { status: 201 });
}
