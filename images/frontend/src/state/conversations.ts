/** The list of conversations, by when they were used last. */
import type { Conversation } from "../api/types.ts";
import { wallTimeOf } from "../lib/wall-clock.ts";

export interface ConversationGroup {
  readonly label: string;
  readonly conversations: readonly Conversation[];
}

const dayMs = 86_400_000;

/** Groups conversations, which keep their order. */
export function groupByDay(list: readonly Conversation[], now: Date): readonly ConversationGroup[] {
  const groups = new Map<string, Conversation[]>();
  for (const conversation of list) {
    const label = labelOf(new Date(conversation.updatedAt), now);
    groups.set(label, [...(groups.get(label) ?? []), conversation]);
  }
  return [...groups].map(([label, conversations]) => ({ label, conversations }));
}

function labelOf(used: Date, now: Date): string {
  const [day, today] = [used, now].map((moment) => wallTimeOf(moment).date) as [string, string];
  const days = (Date.parse(today) - Date.parse(day)) / dayMs;
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return "Last 7 days";
  if (days < 30) return "Last 30 days";
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  const year = isThisYear ? {} : ({ year: "numeric" } as const);
  return new Date(day).toLocaleDateString("en", { month: "long", timeZone: "UTC", ...year });
}
