import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect } from "react";

import { Icon } from "./Icon.tsx";

export interface ComposerProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly onChange: (draft: string) => void;
  /** What was sent last, to send it again. */
  readonly last: string;
  readonly isAnswering: boolean;
  readonly onSend: () => void;
  readonly onStop: () => void;
}

const maxHeightPx = 200;

/** The message input: Enter sends, Shift+Enter starts a new line. */
export function Composer(props: ComposerProps) {
  const { field, draft, last, onChange, isAnswering, onSend, onStop } = props;
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, maxHeightPx)}px`;
  }, [field, draft]);
  // On touch screens, focus would open the keyboard over the page.
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [field]);

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "ArrowUp" && draft === "" && last !== "") {
      event.preventDefault();
      onChange(last);
    }
    // Enter also confirms an IME composition, and must not send then.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    onSend();
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      <label className="visually-hidden" htmlFor="composer">
        Message
      </label>
      <textarea
        ref={field}
        id="composer"
        rows={1}
        maxLength={4000}
        placeholder="Add a task, or ask about your list"
        enterKeyHint="send"
        value={draft}
        onChange={(event) => {
          onChange(event.target.value);
        }}
        onKeyDown={onKeyDown}
      />
      {isAnswering ? (
        <button type="button" className="send" onClick={onStop} aria-label="Stop the answer">
          <Icon name="stop" />
        </button>
      ) : (
        <button type="submit" className="send" disabled={draft.trim() === ""} aria-label="Send">
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}
