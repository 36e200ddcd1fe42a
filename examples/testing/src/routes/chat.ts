import { db } from "../lib/db";
import { inboxChannel, pusherServer, taskChannel } from "../lib/pusher";

/** `POST /api/chat`: saves a message, and tells everybody on the task but the sender, and whoever is mentioned. */
export async function POST(request: Request): Promise<Response> {
  const { taskId, author, text, socketId } = (await request.json()) as {
    taskId: string;
    author: string;
    text: string;
    socketId?: string;
  };
  if (text.trim() === "") return Response.json({ error: "a message has a text" }, { status: 400 });

  const message = await db.save(taskId, author, text);
  await pusherServer.trigger(taskChannel(taskId), "new-message", message, { socket_id: socketId });
  for (const [, user] of text.matchAll(/@(\w+)/g)) {
    await pusherServer.trigger(inboxChannel(user), "mentioned", { taskId, by: author });
  }
  return Response.json(message, { status: 201 });
}
