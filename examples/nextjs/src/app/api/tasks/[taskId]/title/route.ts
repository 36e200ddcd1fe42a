import { db } from "@/lib/db";
import { getTaskChannelName, getWorkspaceChannelName, PUSHER_EVENTS, pusherServer } from "@/lib/pusher";
import { type TitleUpdate, WORKSPACE } from "@/lib/task";

export async function PUT(request: Request, { params }: { params: Promise<{ taskId: string }> }) {
  const { taskId } = await params;
  const { title } = (await request.json()) as { title: string };
  const task = await db.task.findUnique(taskId);
  if (!task) return Response.json({ error: "No such task" }, { status: 404 });
  if (!title.trim()) return Response.json({ error: "A title has at least one character" }, { status: 400 });

  await db.task.setTitle(taskId, title.trim());
  const update: TitleUpdate = { taskId, newTitle: title.trim(), previousTitle: task.title };
  await pusherServer.trigger(getTaskChannelName(taskId), PUSHER_EVENTS.TASK_TITLE_UPDATE, update);
  await pusherServer.trigger(getWorkspaceChannelName(WORKSPACE), PUSHER_EVENTS.WORKSPACE_TASK_TITLE_UPDATE, update);
  return Response.json({ ...task, title: update.newTitle });
}
