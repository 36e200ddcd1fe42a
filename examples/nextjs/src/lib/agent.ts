/** A stand-in for a service that works on tasks: it takes a while, and calls back. */
import { setTimeout } from "node:timers/promises";
import { publishHighlight, publishStatus } from "@/lib/workflow";

/** What it touches, by the id of the task. */
const TOUCHED: Record<string, string[]> = {
  "1": ["ui", "auth", "store"],
  "2": ["api", "billing"],
  "3": ["ui", "search"],
  "4": ["ui"],
};

export async function askAgent(taskId: string, callback: URL) {
  const nodeIds = TOUCHED[taskId] ?? [];
  await publishStatus(taskId, "in-progress");
  await publishHighlight({ taskId, nodeIds });
  await setTimeout(1000);
  const text = `Done. I have changed ${nodeIds.join(", ")} and every test passes.`;
  await fetch(callback, { method: "POST", body: JSON.stringify({ taskId, text }) });
}
