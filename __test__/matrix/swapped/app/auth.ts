// The application's own route, as Next.js has it in app/api/pusher/auth/route.ts.
import { pusherServer } from "./pusher";
import { session } from "./session";

export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const [socketId, channel] = [form.get("socket_id")!, form.get("channel_name")!];
  session.asked += 1;
  const id = session.userId;
  if (channel.startsWith("private-") && id === "nobody") return new Response("no", { status: 403 });
  return Response.json(pusherServer.authorizeChannel(socketId, channel, { user_id: id }));
}
