import { useState } from "react";

import type { Task, ToolCall } from "../api/types.ts";
import { deletedTask, summarize, type ToolSummary } from "../lib/toolcalls.ts";
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

export interface ToolCardProps {
  readonly call: ToolCall;
  /** Restores a deleted task; undefined for calls of long ago. */
  readonly onRestore: ((task: Task) => void) | undefined;
}

/** One tool call of the agent. */
export function ToolCard({ call, onRestore }: ToolCardProps) {
  const { kind, verb, subject, task, failure } = summarize(call);
  const [restored, setRestored] = useState(false);
  const deleted = deletedTask(call);
  const failed = failure !== undefined;
  return (
    <div className={`tool-card ${failed ? "tool-failed" : `tool-${kind}`}`}>
      <span className="tool-icon">
        <Icon name={failed ? "warning" : icons[kind]} />
      </span>
      <div className="tool-text">
        <span className="tool-line">
          <span className="tool-verb">{verb}</span> <strong>{subject}</strong>
        </span>
        {failed && <span className="tool-failure">{failure}</span>}
        {!failed && task !== undefined && (kind === "add" || kind === "update") && (
          <TaskMarks due={{ dueAt: null, ...task }} repeat={task.repeat} priority={task.priority} />
        )}
        {deleted !== undefined && onRestore !== undefined && !restored && (
          <button
            type="button"
            className="link-button"
            onClick={() => {
              setRestored(true);
              onRestore(deleted);
            }}
          >
            Undo<span className="visually-hidden"> deleting {subject}</span>
          </button>
        )}
      </div>
    </div>
  );
}
