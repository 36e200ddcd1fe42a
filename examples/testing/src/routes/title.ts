import { pusherServer, taskChannel } from "../lib/pusher";

/** `PUT /api/tasks/:id/title`: tells who has the task open, then who looks at the board. */
export async function PUT(request: Request, taskId: string): Promise<Response> {
  const { title } = (await request.json()) as { title: string };
  await pusherServer.trigger(taskChannel(taskId), "task-title-update", { title });
  await pusherServer.trigger("board", "task-title-update", { taskId, title });
  return Response.json({ taskId, title });
}
