import Pusher from "pusher";
import PusherClient from "pusher-js";
import type { ContractOf, TypedClient, TypedServer } from "pushrig/types";
import type schemas from "../realtime.schema";
import { session } from "./session";

export type Realtime = ContractOf<typeof schemas>;

export const pusherServer = new Pusher({
  appId: "1",
  key: process.env.PUSHER_KEY ?? "key",
  secret: process.env.PUSHER_SECRET ?? "secret",
  cluster: "eu",
}) as TypedServer<Realtime>;

let client: TypedClient<Realtime> | undefined;

/** One connection for each tab, and a new one when the last was disconnected. */
export function getPusherClient(): TypedClient<Realtime> {
  if (client === undefined || client.connection.state === "disconnected") {
    client = new PusherClient(process.env.PUSHER_KEY ?? "key", {
      cluster: "eu",
      channelAuthorization: {
        endpoint: "/api/pusher/auth",
        transport: "ajax",
        paramsProvider: () => ({ user: session.user }),
      },
    }) as TypedClient<Realtime>;
  }
  return client;
}

export const taskChannel = (taskId: string) => `task-${taskId}` as const;
export const inboxChannel = (user: string) => `private-inbox-${user}` as const;
export const roomChannel = (room: string) => `presence-room-${room}` as const;
