import type { LinePart, ReadLine } from "../api/types.ts";
import { describeDue } from "../lib/dates.ts";
import { describeRepeat } from "../lib/repeat.ts";
import { Icon, type IconName } from "./Icon.tsx";

export interface LineChipsProps {
  /** Undefined until the line is read. */
  readonly read: ReadLine | undefined;
  readonly keep: readonly LinePart[];
  readonly onKeep: (keep: readonly LinePart[]) => void;
}

const icons: Readonly<Record<LinePart, IconName>> = {
  due: "calendar",
  repeat: "retry",
  priority: "flag",
};

/** What was read in the line of a new task; a click on one leaves its words in the title. */
export function LineChips({ read, keep, onKeep }: LineChipsProps) {
  const chips = read === undefined ? [] : chipsOf(read).filter(([part]) => !keep.includes(part));
  const told = chips.map(([, text]) => text).join(", ");
  return (
    <>
      <span className="visually-hidden" role="status">
        {told === "" ? "" : `Understood: ${told}`}
      </span>
      {(chips.length > 0 || keep.length > 0) && (
        <ul className="chips" aria-label="Understood">
          {chips.map(([part, text]) => (
            <li key={part}>
              <button
                type="button"
                className="chip"
                title="Leave these words in the title"
                onClick={() => {
                  onKeep([...keep, part]);
                }}
              >
                <Icon name={icons[part]} />
                {text}
                <span className="visually-hidden">: leave these words in the title</span>
                <Icon name="close" />
              </button>
            </li>
          ))}
          {keep.length > 0 && (
            <li>
              <button
                type="button"
                className="text-button"
                onClick={() => {
                  onKeep([]);
                }}
              >
                Read all again
              </button>
            </li>
          )}
        </ul>
      )}
    </>
  );
}

function chipsOf(read: ReadLine): readonly (readonly [LinePart, string])[] {
  const due = describeDue(read, new Date());
  return [
    ...(due === undefined ? [] : [["due", due.text] as const]),
    ...(read.repeat === null ? [] : [["repeat", describeRepeat(read.repeat)] as const]),
    ...(read.priority === null ? [] : [["priority", priorityTexts[read.priority]] as const]),
  ];
}

const priorityTexts = {
  high: "High priority",
  medium: "Medium priority",
  low: "Low priority",
} as const;
