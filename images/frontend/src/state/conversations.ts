/** The list of conversations, by when they were used last. */
import type { Conversation } from "../api/types.ts";

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

function labelOf(day: Date, now: Date): string {
  const days = (midnight(now) - midnight(day)) / dayMs;
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days < 7) return "Last 7 days";
  if (days < 30) return "Last 30 days";
  const isThisYear = day.getFullYear() === now.getFullYear();
  const year = isThisYear ? {} : ({ year: "numeric" } as const);
  return day.toLocaleDateString("en", { month: "long", ...year });
}

function midnight(date: Date): number {
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
}
