import Pusher from "pusher";
import PusherClient from "pusher-js";
import { env, USE_MOCKS } from "@/config/env";
import { MockPusherClient, MockPusherServer } from "@/lib/mock/pusher-wrapper";
import { currentUser } from "@/lib/user";

const Server = USE_MOCKS ? MockPusherServer : Pusher;
const Client = USE_MOCKS ? MockPusherClient : PusherClient;

/** For API routes. */
export const pusherServer: Pusher = new Server({
  appId: env.PUSHER_APP_ID,
  key: env.PUSHER_KEY,
  secret: env.PUSHER_SECRET,
  cluster: env.PUSHER_CLUSTER,
  useTLS: true,
});

let client: PusherClient | undefined;

/** For components: one connection per tab, and a new one when the last was disconnected. */
export function getPusherClient(): PusherClient {
  if (client === undefined || client.connection.state === "disconnected") {
    client = new Client(env.NEXT_PUBLIC_PUSHER_KEY, {
      cluster: env.NEXT_PUBLIC_PUSHER_CLUSTER,
      channelAuthorization: { transport: "ajax", endpoint: "/api/pusher/auth", paramsProvider: currentUser },
    });
  }
  return client;
}

export const PUSHER_EVENTS = {
  NEW_MESSAGE: "new-message",
  RECOMMENDATIONS_UPDATED: "recommendations-updated",
  TASK_TITLE_UPDATE: "task-title-update",
  WORKSPACE_TASK_TITLE_UPDATE: "workspace-task-title-update",
  STAKWORK_RUN_UPDATE: "stakwork-run-update",
  STAKWORK_RUN_DECISION: "stakwork-run-decision",
  HIGHLIGHT_NODES: "highlight-nodes",
  FOLLOW_UP_QUESTIONS: "follow-up-questions",
  CONNECTION_COUNT: "connection-count",
  WORKFLOW_STATUS_UPDATE: "workflow-status-update",
} as const;

export const getTaskChannelName = (taskId: string) => `task-${taskId}`;
export const getWorkspaceChannelName = (workspaceSlug: string) => `workspace-${workspaceSlug}`;
export const getPresenceChannelName = (workspaceSlug: string) => `presence-workspace-${workspaceSlug}`;
