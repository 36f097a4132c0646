import type { WallClock } from "../../../dates/wall-clock.ts";
import type { Task } from "../../../tasks/schemas.ts";
import type { OpenQuestion, TaskAction } from "../../agent.ts";
import { describeTask } from "../replies.ts";
import { changeOf } from "../shifts.ts";

/** The question whether to do something to a task, which "yes" answers, and its words. */
export function whether(
  action: TaskAction,
  task: Task,
  clock: WallClock,
): [question: OpenQuestion, words: string] {
  const ids = [task.id];
  const name = `"${task.title}"`;
  switch (action.tool) {
    case "delete_task":
      return [{ asked: "delete", ids }, `Shall I delete ${name}?`];
    case "complete_task": {
      const state = action.completed ? "done" : "open again";
      return [{ asked: "which", ids, then: action }, `Shall I mark ${name} as ${state}?`];
    }
    case "update_task": {
      const after = { ...task, ...changeOf(task, action.change, clock) };
      const words = `Shall I change it to ${describeTask(after, clock)}?`;
      return [{ asked: "which", ids, then: action }, words];
    }
  }
}

/** The question to ask before something is done to several tasks; undefined: none. */
export function whetherAll(
  action: TaskAction,
  tasks: readonly Task[],
  isAll: boolean,
): Extract<OpenQuestion, { asked: "delete" | "complete" | "change" }> | undefined {
  const ids = tasks.map(({ id }) => id);
  if (action.tool === "delete_task") return { asked: "delete", ids };
  if (!isAll) return undefined;
  if (action.tool === "update_task") return { asked: "change", ids, change: action.change };
  return action.completed ? { asked: "complete", ids } : undefined;
}
