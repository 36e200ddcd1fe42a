import { z } from "zod";

export const message = z.object({ id: z.string(), author: z.string(), text: z.string() });
export type Message = z.infer<typeof message>;

/** What goes over which channel: to the compiler (src/lib/pusher.ts), and to the tests (vitest.config.ts). */
export default {
  "task-*": {
    "new-message": message,
    "task-title-update": z.object({ title: z.string() }),
    digest: z.object({ messages: z.number() }),
  },
  board: {
    "task-title-update": z.object({ taskId: z.string(), title: z.string() }),
  },
  "private-inbox-*": {
    mentioned: z.object({ taskId: z.string(), by: z.string() }),
  },
  "presence-room-*": {
    members: z.object({ name: z.string() }),
    "client-typing": z.object({ name: z.string() }),
  },
};
