import type { FocusEvent, KeyboardEvent } from "react";
import type { Task } from "@/lib/task";

/** A title that is edited in place: Enter keeps the change, Escape does not. */
export function TaskTitle({ task: { id, title } }: { task: Task }) {
  function save({ currentTarget: { value } }: FocusEvent<HTMLInputElement>) {
    if (value.trim() === "" || value === title) return;
    void fetch(`/api/tasks/${id}/title`, { method: "PUT", body: JSON.stringify({ title: value }) });
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
