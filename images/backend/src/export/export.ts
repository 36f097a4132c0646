import { Readable } from "node:stream";

import type { ConversationStore } from "../chat/conversations.ts";
import type { TaskStore } from "../tasks/store.ts";
import { calendarOf } from "../calendar/todos.ts";

/** Sources of the exported data. */
export interface ExportParts {
  readonly tasks: TaskStore;
  readonly conversations: ConversationStore;
}

/** Whose data is exported. */
export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly createdAt: string;
}

/** Everything of a user as JSON, written as it is read: conversations may be many. */
export function exportJson(parts: ExportParts, owner: Owner): Readable {
  return Readable.from(jsonOf(parts, owner));
}

async function* jsonOf({ tasks, conversations }: ExportParts, owner: Owner) {
  yield `{"account":${JSON.stringify(owner)},"tasks":[`;
  let separator = "";
  for await (const task of tasks.all(owner.id)) {
    yield `${separator}${JSON.stringify(task)}`;
    separator = ",";
  }
  yield '],"conversations":[';
  separator = "";
  for await (const conversation of conversations.all(owner.id)) {
    const start = JSON.stringify(conversation).slice(0, -1);
    yield `${separator}${start},"messages":[`;
    let comma = "";
    for await (const message of conversations.allMessages(owner.id, conversation.id)) {
      yield `${comma}${JSON.stringify(message)}`;
      comma = ",";
    }
    yield "]}";
    separator = ",";
  }
  yield "]}\n";
}

/** The tasks of a user as iCalendar. */
export function exportCalendar({ tasks }: ExportParts, owner: Owner): Readable {
  return Readable.from(calendarOf(tasks.all(owner.id)));
}
