import { pusherServer } from "../lib/pusher";

/** Rooms that somebody is in. */
export const openRooms = new Set<string>();

/** `POST /api/pusher/webhook` */
export async function POST(request: Request): Promise<Response> {
  const headers = Object.fromEntries(request.headers);
  const webhook = pusherServer.webhook({ headers, rawBody: await request.text() });
  if (!webhook.isValid()) return new Response("not signed by Pusher", { status: 401 });
  for (const { name, channel } of webhook.getEvents()) {
    if (name === "channel_occupied") openRooms.add(channel);
    if (name === "channel_vacated") openRooms.delete(channel);
  }
  return new Response();
}
