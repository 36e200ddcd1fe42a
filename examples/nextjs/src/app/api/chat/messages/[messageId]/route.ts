import { db } from "@/lib/db";

export async function GET(_request: Request, { params }: { params: Promise<{ messageId: string }> }) {
  const { messageId } = await params;
  const message = await db.chatMessage.findUnique(messageId);
  return message ? Response.json(message) : Response.json({ error: "No such message" }, { status: 404 });
}
