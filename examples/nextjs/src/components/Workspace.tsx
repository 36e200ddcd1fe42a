"use client";

import { useState } from "react";
import { Chat } from "@/components/Chat";
import { CodeGraph } from "@/components/CodeGraph";
import { Presence } from "@/components/Presence";
import { TaskBoard } from "@/components/TaskBoard";
import { useTasksHighlight } from "@/hooks/useTasksHighlight";
import { useWorkspaceTasks } from "@/hooks/useWorkspaceTasks";
import { type Task, WORKSPACE } from "@/lib/task";

export function Workspace({ initialTasks }: { initialTasks: Task[] }) {
  const tasks = useWorkspaceTasks(WORKSPACE, initialTasks);
  const highlight = useTasksHighlight(WORKSPACE);
  const [selectedId, select] = useState(initialTasks[0].id);
  const selected = tasks.find(({ id }) => id === selectedId) ?? tasks[0];

  return (
    <div className="workspace">
      <header>
        <h1>
          <span aria-hidden="true">◆</span> Acme board
        </h1>
        <Presence workspaceSlug={WORKSPACE} />
      </header>
      <main>
        <div className="overview">
          <TaskBoard tasks={tasks} selectedId={selected.id} highlightedId={highlight.taskId} onSelect={select} />
          <CodeGraph highlighted={highlight.nodeIds} />
        </div>
        <Chat key={selected.id} task={selected} />
      </main>
    </div>
  );
}
