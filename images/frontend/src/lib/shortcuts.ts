/** The keyboard shortcuts: what the keys do, and what the help sheet lists. */

export interface Shortcut {
  /** Undefined for what an element does itself. */
  readonly id?: string;
  /** Any of them; `g t` is one after the other. */
  readonly keys: readonly string[];
  readonly does: string;
}

const groups = [
  {
    title: "Anywhere",
    list: [
      { id: "new", keys: ["n", "q"], does: "New task" },
      { id: "search", keys: ["/"], does: "Search tasks" },
      { id: "goTasks", keys: ["g t"], does: "Go to the tasks" },
      { id: "goChat", keys: ["g c"], does: "Go to the chat" },
      { id: "undo", keys: ["u", "Ctrl+z"], does: "Undo" },
      { id: "help", keys: ["?"], does: "Show these shortcuts" },
    ],
  },
  {
    title: "In the task list",
    list: [
      { id: "next", keys: ["j"], does: "Next task" },
      { id: "previous", keys: ["k"], does: "Previous task" },
      { keys: ["Enter"], does: "Open the task" },
      { id: "edit", keys: ["e"], does: "Edit the task" },
      { id: "complete", keys: ["c"], does: "Complete or reopen" },
      { id: "due", keys: ["d"], does: "Due date" },
      { id: "priority", keys: ["p"], does: "Priority" },
      { id: "select", keys: ["x"], does: "Select" },
      { id: "delete", keys: ["#", "Delete"], does: "Delete" },
      { id: "clear", keys: ["Escape"], does: "End the selection" },
    ],
  },
  {
    title: "While typing",
    list: [
      { keys: ["↑"], does: "Last message again, in an empty message field" },
      { keys: ["Enter"], does: "Send, add or save" },
      { keys: ["Shift+Enter"], does: "New line in a message" },
      { keys: ["Escape"], does: "Close a form or the search" },
    ],
  },
] as const satisfies readonly { title: string; list: readonly Shortcut[] }[];

export const shortcutGroups: readonly {
  readonly title: string;
  readonly list: readonly Shortcut[];
}[] = groups;

type WithId = Extract<(typeof groups)[number]["list"][number], { readonly id: string }>;
export type ShortcutId = WithId["id"];

/**
 * The shortcut of a key.
 *
 * @param before the key that was pressed before, if it was just now.
 */
export function shortcutOf(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">,
  before: string | undefined,
): ShortcutId | undefined {
  if (event.altKey) return undefined;
  const key = event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key;
  const all = shortcutGroups.flatMap(({ list }) => list);
  const find = (keys: string) => all.find((each) => each.id && each.keys.includes(keys))?.id;
  return (find(`${before ?? ""} ${key}`) ?? find(key)) as ShortcutId | undefined;
}

/** Whether keys are typed there, or belong to what is open. */
export function takesKeys(target: Element): boolean {
  return target.closest("textarea, select, input:not([type=checkbox]), dialog, [popover]") !== null;
}
