// The application's own wrapper, written for the real packages.
import Pusher from "pusher";
import PusherClient from "pusher-js";

export const PUSHER_EVENTS = { NEW_MESSAGE: "new-message" } as const;
export const getTaskChannelName = (taskId: string) => `task-${taskId}`;

export const pusherServer = new Pusher({
  appId: "mock-app-id",
  key: "mock-pusher-key",
  secret: "mock-pusher-secret",
  cluster: "mock-cluster",
  useTLS: true,
});

let client: PusherClient | undefined;

export function getPusherClient(): PusherClient {
  client ??= new PusherClient("mock-pusher-key", { cluster: "mock-cluster" });
  return client;
}
