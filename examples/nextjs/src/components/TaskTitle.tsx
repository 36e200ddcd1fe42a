"use client";

import { type FocusEvent, type KeyboardEvent, useState } from "react";
import { usePusherConnection } from "@/hooks/usePusherConnection";
import { getTaskChannelName, PUSHER_EVENTS } from "@/lib/pusher";
import type { Task, TitleUpdate } from "@/lib/task";

/** A title that is edited in place: Enter keeps the change, Escape does not. */
export function TaskTitle({ task }: { task: Task }) {
  const [title, setTitle] = useState(task.title);

  usePusherConnection<TitleUpdate>({
    channelName: getTaskChannelName(task.id),
    eventName: PUSHER_EVENTS.TASK_TITLE_UPDATE,
    onEvent: ({ newTitle }) => setTitle(newTitle),
  });

  function save({ currentTarget: { value } }: FocusEvent<HTMLInputElement>) {
    if (value.trim() === "" || value === title) return;
    setTitle(value);
    void fetch(`/api/tasks/${task.id}/title`, { method: "PUT", body: JSON.stringify({ title: value }) });
  }

  function finish(event: KeyboardEvent<HTMLInputElement>) {
    if (event.key === "Escape") event.currentTarget.value = title;
    if (event.key === "Escape" || event.key === "Enter") event.currentTarget.blur();
  }

  // A new title makes a new field, so that what others write replaces what is shown.
  return (
    <input key={title} className="title" aria-label="Title" defaultValue={title} onBlur={save} onKeyDown={finish} />
  );
}
