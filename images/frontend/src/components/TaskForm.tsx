import {
  type KeyboardEvent,
  type RefObject,
  type SubmitEvent,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";

import type { Priority, TaskFields } from "../api/types.ts";
import { fromInputs, sameDue, toInputs } from "../lib/dates.ts";
import { describeRepeat, repeatChoices } from "../lib/repeat.ts";
import { reasonOf } from "../state/useTasks.ts";

export interface TaskFormProps {
  readonly initial: TaskFields;
  readonly submitLabel: string;
  /** Default "Cancel". */
  readonly cancelLabel?: string;
  /** Rejects on failure; the form then keeps its input and shows the reason. */
  readonly onSubmit: (fields: TaskFields) => Promise<void>;
  readonly onCancel: () => void;
  /** Set while it is open: whether it may be closed; if not, it asks. */
  readonly mayLeave?: RefObject<(() => boolean) | undefined>;
}

const priorities: readonly (readonly [Priority, label: string])[] = [
  ["low", "Low"],
  ["medium", "Medium"],
  ["high", "High"],
];

/** The usual choices, and the one that the task has already. */
function choicesWith(rule: string | null): typeof repeatChoices {
  const isUsual = rule === null || repeatChoices.some(([usual]) => usual === rule);
  return isUsual ? repeatChoices : [...repeatChoices, [rule, describeRepeat(rule)]];
}

/** All editable fields of a task. */
export function TaskForm(props: TaskFormProps) {
  const { initial, submitLabel, cancelLabel = "Cancel", onSubmit, onCancel, mayLeave } = props;
  const [title, setTitle] = useState(initial.title);
  const [description, setDescription] = useState(initial.description);
  const [priority, setPriority] = useState(initial.priority);
  const [initialDue] = useState(() => toInputs(initial));
  const [{ date, time }, setDue] = useState(initialDue);
  const [repeat, setRepeat] = useState(initial.repeat ?? "");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const id = useId();
  const [asking, setAsking] = useState(false);
  const first = useRef<HTMLInputElement>(null);

  useEffect(() => {
    first.current?.focus();
    first.current?.setSelectionRange(-1, -1);
    // Its buttons too, not only what has the focus.
    first.current?.form?.scrollIntoView({ block: "nearest" });
  }, []);

  const isChanged =
    title !== initial.title ||
    description !== initial.description ||
    priority !== initial.priority ||
    date !== initialDue.date ||
    time !== initialDue.time ||
    repeat !== (initial.repeat ?? "");
  const askToLeave = (): boolean => {
    setAsking(isChanged);
    return !isChanged;
  };
  useEffect(() => {
    if (mayLeave === undefined) return;
    mayLeave.current = askToLeave;
    return () => {
      mayLeave.current = undefined;
    };
  });

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    // The inputs have no seconds, so a due date that was not touched is kept as it is.
    const isSameDue = date === initialDue.date && time === initialDue.time;
    const due = isSameDue ? sameDue(initial) : fromInputs({ date, time });
    try {
      await onSubmit({
        ...{ title: title.trim(), description: description.trim(), priority, ...due },
        // The day of a rule goes with the date.
        repeat: date === "" ? null : repeat || null,
      });
    } catch (error) {
      setFailure(reasonOf(error));
      setBusy(false);
    }
  }

  function keepEditing(): void {
    setAsking(false);
    first.current?.focus();
  }
  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    if (event.key === "Escape" && (asking || askToLeave())) {
      if (asking) keepEditing();
      else onCancel();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
      event.currentTarget.requestSubmit();
  }

  return (
    <form className="form task-form" onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown}>
      <label className="field">
        <span>Title</span>
        <input
          ref={first}
          required
          // The server refuses a title of only spaces.
          pattern=".*\S.*"
          maxLength={200}
          value={title}
          onChange={(event) => {
            setTitle(event.target.value);
          }}
        />
      </label>
      <label className="field">
        <span>Description</span>
        <textarea
          rows={2}
          maxLength={2000}
          value={description}
          onChange={(event) => {
            setDescription(event.target.value);
          }}
        />
      </label>
      <div className="field-row">
        <label className="field">
          <span>Due date</span>
          <input
            type="date"
            min="1900-01-01"
            max="2200-12-31"
            value={date}
            onChange={(event) => {
              setDue({ date: event.target.value, time });
            }}
          />
        </label>
        <label className="field">
          <span>Time</span>
          <input
            type="time"
            disabled={date === ""}
            value={date === "" ? "" : time}
            onChange={(event) => {
              setDue({ date, time: event.target.value });
            }}
          />
        </label>
      </div>
      <label className="field">
        <span>Repeat</span>
        <select
          disabled={date === ""}
          value={date === "" ? "" : repeat}
          onChange={(event) => {
            setRepeat(event.target.value);
          }}
        >
          {choicesWith(initial.repeat).map(([rule, label]) => (
            <option key={rule} value={rule}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <fieldset className="field choices">
        <legend>Priority</legend>
        <div className="segments">
          {priorities.map(([value, label]) => (
            <label key={value}>
              <input
                type="radio"
                name={`${id}-priority`}
                checked={priority === value}
                onChange={() => {
                  setPriority(value);
                }}
              />
              {label}
            </label>
          ))}
        </div>
      </fieldset>
      <p className="failure" role="alert">
        {failure}
      </p>
      {asking ? (
        <div className="form-actions" role="alert">
          <span>Discard what you changed?</span>
          <button type="button" className="button button-danger" onClick={onCancel}>
            Discard
          </button>
          <button ref={focus} type="button" className="button" onClick={keepEditing}>
            Keep editing
          </button>
        </div>
      ) : (
        <div className="form-actions">
          <button type="button" className="button" onClick={onCancel}>
            {cancelLabel}
          </button>
          <button type="submit" className="button button-primary" disabled={busy}>
            {submitLabel}
          </button>
        </div>
      )}
    </form>
  );
}

function focus(element: HTMLElement | null): void {
  element?.focus();
}
