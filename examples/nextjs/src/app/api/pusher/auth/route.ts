import { pusherServer } from "@/lib/pusher";

/** Lets a tab into a private or presence channel. An application with accounts asks its session who this is. */
export async function POST(request: Request) {
  const form = await request.formData();
  const field = (name: string) => String(form.get(name) ?? "");
  const member = { user_id: field("id"), user_info: { name: field("name") } };
  return Response.json(pusherServer.authorizeChannel(field("socket_id"), field("channel_name"), member));
}
