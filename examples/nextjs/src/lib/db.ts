/** SQLite in a file that is made on first use. */
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import type { ChatMessage, Task, WorkflowStatus } from "@/lib/task";

const FILE = process.env.DATABASE_FILE ?? "data/workspace.db";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS task (id TEXT PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'todo');
  CREATE TABLE IF NOT EXISTS chat_message (
    id TEXT PRIMARY KEY, taskId TEXT NOT NULL REFERENCES task (id),
    author TEXT NOT NULL, text TEXT NOT NULL, createdAt TEXT NOT NULL
  );
  INSERT OR IGNORE INTO task (id, title, status) VALUES
    ('1', 'Sign in with a passkey', 'todo'),
    ('2', 'Invoices arrive twice', 'todo'),
    ('3', 'Search as you type', 'todo'),
    ('4', 'Dark mode for the board', 'completed');
`;

/** Hot reload evaluates this module anew; the connection stays. */
const connections = globalThis as { database?: InstanceType<typeof Database> };

function database() {
  if (connections.database === undefined) {
    mkdirSync(dirname(FILE), { recursive: true });
    connections.database = new Database(FILE);
    connections.database.exec(SCHEMA);
  }
  return connections.database;
}

export const db = {
  task: {
    async findMany(): Promise<Task[]> {
      return database().prepare("SELECT * FROM task ORDER BY id").all() as Task[];
    },
    async findUnique(id: string): Promise<Task | undefined> {
      return database().prepare("SELECT * FROM task WHERE id = ?").get(id) as Task | undefined;
    },
    async setTitle(id: string, title: string): Promise<void> {
      database().prepare("UPDATE task SET title = ? WHERE id = ?").run(title, id);
    },
    async setStatus(id: string, status: WorkflowStatus): Promise<void> {
      database().prepare("UPDATE task SET status = ? WHERE id = ?").run(status, id);
    },
  },
  chatMessage: {
    async create({ data }: { data: Pick<ChatMessage, "taskId" | "author" | "text"> }): Promise<ChatMessage> {
      const message = { id: randomUUID(), createdAt: new Date().toISOString(), ...data };
      database()
        .prepare("INSERT INTO chat_message (id, taskId, author, text, createdAt) VALUES (?, ?, ?, ?, ?)")
        .run(message.id, message.taskId, message.author, message.text, message.createdAt);
      return message;
    },
    async findUnique(id: string): Promise<ChatMessage | undefined> {
      return database().prepare("SELECT * FROM chat_message WHERE id = ?").get(id) as ChatMessage | undefined;
    },
    async findMany(taskId: string): Promise<ChatMessage[]> {
      const statement = database().prepare("SELECT * FROM chat_message WHERE taskId = ? ORDER BY createdAt, rowid");
      return statement.all(taskId) as ChatMessage[];
    },
  },
};
