/** What the API answers; made by `db.ts`, shown by the components. */

export type WorkflowStatus = "todo" | "in-progress" | "completed";

export interface Task {
  id: string;
  title: string;
  status: WorkflowStatus;
}

export interface ChatMessage {
  id: string;
  taskId: string;
  author: string;
  text: string;
  createdAt: string;
}

/** Payload of the two title events. */
export interface TitleUpdate {
  taskId: string;
  newTitle: string;
  previousTitle: string;
}

/** Payload of `workflow-status-update` and `stakwork-run-update`. */
export interface StatusUpdate {
  taskId: string;
  status: WorkflowStatus;
}

/** Payload of `highlight-nodes`. */
export interface Highlight {
  taskId: string;
  nodeIds: string[];
}

/** The one workspace of this example. */
export const WORKSPACE = "acme";

/** The parts of its code that a task may touch. */
export const CODE_NODES = ["ui", "api", "auth", "search", "billing", "store"];
