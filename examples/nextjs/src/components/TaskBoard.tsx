import type { Task, WorkflowStatus } from "@/lib/task";

const COLUMNS: Array<[WorkflowStatus, string]> = [
  ["todo", "To do"],
  ["in-progress", "In progress"],
  ["completed", "Done"],
];

interface Props {
  tasks: Task[];
  selectedId: string;
  highlightedId: string;
  onSelect: (taskId: string) => void;
}

export function TaskBoard({ tasks, selectedId, highlightedId, onSelect }: Props) {
  return (
    <section className="board" aria-label="Tasks">
      {COLUMNS.map(([status, heading]) => {
        const column = tasks.filter((task) => task.status === status);
        return (
          <section key={status} className="column" data-status={status} aria-label={heading}>
            <h2>
              {heading} <span className="count">{column.length}</span>
            </h2>
            {column.map(({ id, title }) => (
              <button
                key={id}
                className="card"
                type="button"
                aria-pressed={id === selectedId}
                data-highlighted={id === highlightedId}
                onClick={() => onSelect(id)}
              >
                <span className="number">#{id}</span>
                {title}
              </button>
            ))}
          </section>
        );
      })}
    </section>
  );
}
