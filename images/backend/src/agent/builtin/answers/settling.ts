import type { Task } from "../../../tasks/schemas.ts";
import type { OpenQuestion, TaskAction } from "../../agent.ts";
import type { Intent } from "../intents.ts";
import { readReference } from "../references.ts";
import { smallTalk } from "../replies.ts";
import { resolve } from "../resolve.ts";
import { add } from "./adding.ts";
import type { Turn } from "./turn.ts";

/** "Delete them" confirms as "yes" does. */
export function isYes(intent: Intent | undefined): boolean {
  return (
    intent?.kind === "yes" || (intent?.kind === "delete" && intent.reference.kind === "previous")
  );
}

export function isNo(intent: Intent | undefined): boolean {
  return intent?.kind === "no" || intent?.kind === "kept";
}

/** Handles the message as the answer to the open question; false if it is something else. */
export async function settle(
  turn: Turn,
  open: OpenQuestion,
  intents: readonly Intent[],
): Promise<boolean> {
  const [intent, ...more] = intents;
  if (intent === undefined || more.length > 0) return false;
  if (isNo(intent)) {
    turn.say(open.asked === "delete" ? "All right, nothing is deleted." : smallTalk.kept);
    return true;
  }
  switch (open.asked) {
    case "delete":
    case "complete":
    case "change": {
      const action = actionAskedAbout(open);
      const tasks = await turn.stillThere(open.ids);
      // "No, only the first one."
      const [, few] = /^(?:only|just) (.+)$/i.exec(turn.question.message) ?? [];
      const words = intent.kind === "correct" ? intent.words : few;
      const only = words === undefined ? tasks : choose(turn, tasks, intent, words, turn.order);
      if ((!isYes(intent) && words === undefined) || !only) return false;
      await turn.act(action, only);
      return true;
    }
    case "add": {
      if (intent.kind !== "yes") return false;
      await add(turn, open.tasks, false);
      return true;
    }
    case "which": {
      const choices = await turn.stillThere(open.ids);
      const words = intent.kind === "correct" ? intent.words : undefined;
      const chosen = choose(turn, choices, intent, words);
      if (chosen === undefined) return false;
      await turn.actCarefully(open.then, chosen);
      return true;
    }
  }
}

function actionAskedAbout(
  open: Extract<OpenQuestion, { asked: "delete" | "complete" | "change" }>,
): TaskAction {
  switch (open.asked) {
    case "delete":
      return { tool: "delete_task" };
    case "complete":
      return { tool: "complete_task", completed: true };
    case "change":
      return { tool: "update_task", change: open.change };
  }
}

function choose(
  turn: Turn,
  choices: readonly Task[],
  intent: Intent,
  message = turn.question.message,
  /** Their order for numbers. */
  shown: readonly string[] = choices.map(({ id }) => id),
): readonly Task[] | undefined {
  if (intent.kind === "yes") return choices.length === 1 ? choices : undefined;
  // "What's left?" asks for the list, whatever was asked before.
  if (intent.kind === "list") return undefined;
  // A new request, not just a few words to pick one.
  if (intent.kind !== "unclear" && intent.kind !== "complete" && message.split(/\s+/).length > 4) {
    return undefined;
  }
  const ids = choices.map(({ id }) => id);
  const phrase = message.replace(/^(?:only|just) /i, "");
  const result = resolve(readReference(phrase, turn.clock), {
    tasks: choices,
    shown,
    recent: ids,
    fits: () => true,
    clock: turn.clock,
  });
  return "found" in result ? result.found : undefined;
}
