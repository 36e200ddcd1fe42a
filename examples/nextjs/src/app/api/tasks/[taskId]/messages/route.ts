import { db } from "@/lib/db";

export async function GET(_request: Request, { params }: { params: Promise<{ taskId: string }> }) {
  const { taskId } = await params;
  return Response.json(await db.chatMessage.findMany(taskId));
}
