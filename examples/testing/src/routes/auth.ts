import { inboxChannel, pusherServer } from "../lib/pusher";

const NAMES: Record<string, string> = { ada: "Ada", bob: "Bob" };

/** `POST /api/pusher/auth`: everybody we know may enter rooms, and each their own inbox. */
export async function POST(request: Request): Promise<Response> {
  const form = new URLSearchParams(await request.text());
  const [user, channel, socketId] = ["user", "channel_name", "socket_id"].map((name) => form.get(name) ?? "");
  const name = NAMES[user];
  const mayEnter = name !== undefined && (channel.startsWith("presence-room-") || channel === inboxChannel(user));
  if (!mayEnter) return Response.json({ error: `${user} may not enter ${channel}` }, { status: 403 });
  return Response.json(pusherServer.authorizeChannel(socketId, channel, { user_id: user, user_info: { name } }));
}
