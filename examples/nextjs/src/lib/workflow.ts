import { db } from "@/lib/db";
import { getTaskChannelName, getWorkspaceChannelName, PUSHER_EVENTS, pusherServer } from "@/lib/pusher";
import { type Highlight, type StatusUpdate, WORKSPACE, type WorkflowStatus } from "@/lib/task";

/** Keeps a task's status and tells those who look at the task and those who look at the board. */
export async function publishStatus(taskId: string, status: WorkflowStatus) {
  await db.task.setStatus(taskId, status);
  const update: StatusUpdate = { taskId, status };
  await pusherServer.trigger(getTaskChannelName(taskId), PUSHER_EVENTS.WORKFLOW_STATUS_UPDATE, update);
  await pusherServer.trigger(getWorkspaceChannelName(WORKSPACE), PUSHER_EVENTS.STAKWORK_RUN_UPDATE, update);
}

/** Shows on every board which parts of the code a task touches. */
export async function publishHighlight(highlight: Highlight) {
  await pusherServer.trigger(getWorkspaceChannelName(WORKSPACE), PUSHER_EVENTS.HIGHLIGHT_NODES, highlight);
}
