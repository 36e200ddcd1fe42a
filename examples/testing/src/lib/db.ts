import type { Message } from "../realtime.schema";

const messages: Array<{ taskId: string; message: Message }> = [];

/** In place of a database. */
export const db = {
  async save(taskId: string, author: string, text: string): Promise<Message> {
    const message = { id: `m${messages.length + 1}`, author, text };
    messages.push({ taskId, message });
    return message;
  },
  async list(taskId: string): Promise<Message[]> {
    return messages.filter((saved) => saved.taskId === taskId).map(({ message }) => message);
  },
  clear(): void {
    messages.length = 0;
  },
};
