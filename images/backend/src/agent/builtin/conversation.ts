import type { ToolCall } from "../../tools/tools.ts";
import type { PastMessage } from "../agent.ts";
import { changesAmong } from "./last-change.ts";
import { tasksOf } from "./resolve.ts";

type History = readonly PastMessage[];

/** The last list that was shown. */
export function lastList(history: History): ToolCall | undefined {
  return history
    .flatMap(({ toolCalls }) => toolCalls)
    .findLast(({ name, result }) => name === "list_tasks" && "tasks" in result);
}

/** Ids in the order that the numbers in the message before meant, if it had any. */
export function orderBefore(history: History): readonly string[] | undefined {
  const state = history.at(-1)?.state;
  return state?.asked === "nothing" && state.order?.length ? state.order : undefined;
}

/** Whether something was done after the last list. */
export function isDoneSinceList(history: History): boolean {
  const last = history.findLast(({ toolCalls }) => toolCalls.length > 0);
  return last !== undefined && changesAmong(last.toolCalls).at(-1) === last.toolCalls.at(-1);
}

/** What "it" can refer to: tasks of this message so far, or of the last answer with any. */
export function recentTasks(history: History, calls: readonly ToolCall[]): readonly string[] {
  const now = tasksOf(calls);
  if (now.length > 0) return now;
  const of = ({ toolCalls, state }: PastMessage): readonly string[] => {
    const told = state?.asked === "nothing" ? state.about : undefined;
    return tasksOf(toolCalls).length > 0 ? tasksOf(toolCalls) : (told ?? []);
  };
  const last = history.findLast((message) => of(message).length > 0);
  return last === undefined ? [] : of(last);
}
