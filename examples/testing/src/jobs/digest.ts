import { db } from "../lib/db";
import { pusherServer, taskChannel } from "../lib/pusher";

const MINUTE = 60_000;

/** Tells a task every minute how many messages have come, when any have. */
export function startDigest(taskId: string): { stop(): void } {
  let told = 0;
  const timer = setInterval(async () => {
    const count = (await db.list(taskId)).length;
    if (count === told) return;
    await pusherServer.trigger(taskChannel(taskId), "digest", { messages: count - told });
    told = count;
  }, MINUTE);
  return { stop: () => clearInterval(timer) };
}
