import type { Task, ToolCall } from "../api/types.ts";
import { summarize, type ToolSummary } from "../lib/toolcalls.ts";
import { Icon, type IconName } from "./Icon.tsx";
import { TaskMarks } from "./TaskMarks.tsx";

const icons: Readonly<Record<ToolSummary["kind"], IconName>> = {
  add: "add",
  list: "list",
  complete: "check",
  update: "edit",
  delete: "trash",
  other: "bot",
};

/** One thing that the agent did. */
export function ToolCard({ call }: { readonly call: ToolCall }) {
  const { kind, verb, subject, task, tasks, failure } = summarize(call);
  return (
    <div className={`tool-card ${failure === undefined ? `tool-${kind}` : "tool-failed"}`}>
      <span className="tool-icon">
        <Icon name={failure === undefined ? icons[kind] : "warning"} />
      </span>
      <div className="tool-text">
        <span className="tool-line">
          <span className="tool-verb">{verb}</span> <strong>{subject}</strong>
        </span>
        {failure !== undefined && <span className="tool-failure">{failure}</span>}
        {failure === undefined && (kind === "add" || kind === "update") && <Marks task={task} />}
        {tasks.length > 0 && (
          <details>
            <summary>Show them</summary>
            <ul>
              {tasks.map((item, index) => (
                <li key={index} className={item.completed ? "is-done" : undefined}>
                  {item.title}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </div>
  );
}

function Marks({ task }: { readonly task: Partial<Task> | undefined }) {
  if (task === undefined) return null;
  return <TaskMarks dueAt={task.dueAt ?? null} priority={task.priority} completed={false} />;
}
