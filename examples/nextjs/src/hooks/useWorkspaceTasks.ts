"use client";

import { useState } from "react";
import { usePusherConnection } from "@/hooks/usePusherConnection";
import { getWorkspaceChannelName, PUSHER_EVENTS } from "@/lib/pusher";
import type { StatusUpdate, Task, TitleUpdate } from "@/lib/task";

/** The tasks of a workspace, kept up to date. */
export function useWorkspaceTasks(workspaceSlug: string, initialTasks: Task[]) {
  const [tasks, setTasks] = useState(initialTasks);
  const channelName = getWorkspaceChannelName(workspaceSlug);

  const update = (taskId: string, change: Partial<Task>) =>
    setTasks((tasks) => tasks.map((task) => (task.id === taskId ? { ...task, ...change } : task)));

  usePusherConnection<TitleUpdate>({
    channelName,
    eventName: PUSHER_EVENTS.WORKSPACE_TASK_TITLE_UPDATE,
    onEvent: ({ taskId, newTitle }) => update(taskId, { title: newTitle }),
    onSubscribed: () => {
      void fetch("/api/tasks")
        .then((response) => response.json())
        .then(setTasks);
    },
  });

  usePusherConnection<StatusUpdate>({
    channelName,
    eventName: PUSHER_EVENTS.STAKWORK_RUN_UPDATE,
    onEvent: ({ taskId, status }) => update(taskId, { status }),
  });

  return tasks;
}
