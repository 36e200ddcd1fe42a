/**
 * A short live scenario on the real broker, to copy from: one chat task and its workspace, with two
 * browsers' worth of clients and the server of the application.
 */

import { MockPusherClient, MockPusherServer, pusherMockState } from "pushrig";

const PUSHER_EVENTS = {
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
};
const task = "task-123";
const workspace = "workspace-acme";

// What src/lib/pusher.ts of an application does when USE_MOCKS=true. No credentials are needed.
const server = new MockPusherServer({ appId: undefined, key: undefined, secret: undefined, cluster: undefined });
const alice = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });
const bob = new MockPusherClient("mock-pusher-key", { cluster: "mock-cluster" });

function listen(name, client, channelName, events) {
  const channel = client.subscribe(channelName);
  channel.bind("pusher:subscription_succeeded", () => console.log(`${name} is subscribed to ${channelName}`));
  for (const event of events) {
    channel.bind(event, (data) => console.log(`  ${name} ← ${channelName} ${event} ${JSON.stringify(data)}`));
  }
}

const workspaceEvents = [PUSHER_EVENTS.RECOMMENDATIONS_UPDATED, PUSHER_EVENTS.WORKSPACE_TASK_TITLE_UPDATE];
const taskEvents = Object.values(PUSHER_EVENTS).filter((event) => !workspaceEvents.includes(event));
listen("alice", alice, task, taskEvents);
listen("bob  ", bob, task, [PUSHER_EVENTS.NEW_MESSAGE]);
listen("bob  ", bob, workspace, workspaceEvents);

console.log(`alice is ${alice.connection.state} as ${alice.connectionId}, socket ${alice.connection.socket_id}\n`);

// Every callback has run when trigger returns; awaiting gives the response of the HTTP API.
const response = await server.trigger(task, PUSHER_EVENTS.NEW_MESSAGE, { messageId: "msg-123" });
console.log(`  server → status ${response.status}`);

// The sender of a message does not hear its own: the browser passes its socket id along.
const sender = { socket_id: alice.connection.socket_id };
await server.trigger(task, PUSHER_EVENTS.NEW_MESSAGE, { messageId: "msg-124" }, sender);

await server.trigger(task, PUSHER_EVENTS.TASK_TITLE_UPDATE, { taskId: "123", newTitle: "Ship it" });
await server.trigger(workspace, PUSHER_EVENTS.WORKSPACE_TASK_TITLE_UPDATE, { taskId: "123", newTitle: "Ship it" });
await server.trigger(workspace, PUSHER_EVENTS.RECOMMENDATIONS_UPDATED, { count: 5 });
await server.triggerBatch([
  { channel: task, name: PUSHER_EVENTS.STAKWORK_RUN_UPDATE, data: { runId: 7, status: "COMPLETED" } },
  { channel: task, name: PUSHER_EVENTS.STAKWORK_RUN_DECISION, data: { runId: 7, decision: "ACCEPTED" } },
  { channel: task, name: PUSHER_EVENTS.HIGHLIGHT_NODES, data: { nodeIds: ["a", "b"] } },
  { channel: task, name: PUSHER_EVENTS.FOLLOW_UP_QUESTIONS, data: { questions: ["And then?"] } },
  { channel: task, name: PUSHER_EVENTS.CONNECTION_COUNT, data: { count: pusherMockState.getSubscriberCount(task) } },
  { channel: task, name: PUSHER_EVENTS.WORKFLOW_STATUS_UPDATE, data: { workflowStatus: "COMPLETED" } },
]);

console.log("\nhistory of", task);
for (const { event, data } of pusherMockState.getChannelMessages(task))
  console.log(`  ${event} ${JSON.stringify(data)}`);

console.log("\nstate");
console.dir(pusherMockState.getState(), { depth: null });

alice.disconnect();
bob.disconnect();
