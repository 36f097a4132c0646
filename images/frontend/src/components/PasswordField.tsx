import { type RefObject, useId, useState } from "react";

export const minPasswordLength = 8;

export interface PasswordFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Whether it is to be chosen, not checked. */
  readonly isNew: boolean;
  readonly inputRef?: RefObject<HTMLInputElement | null> | undefined;
}

/** A password, which can be shown. */
export function PasswordField({ label, value, onChange, isNew, inputRef }: PasswordFieldProps) {
  const [visible, setVisible] = useState(false);
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="with-button">
        <input
          ref={inputRef}
          id={id}
          type={visible ? "text" : "password"}
          autoComplete={isNew ? "new-password" : "current-password"}
          required
          minLength={isNew ? minPasswordLength : undefined}
          maxLength={200}
          aria-describedby={isNew ? `${id}-hint` : undefined}
          value={value}
          onChange={(event) => {
            onChange(event.target.value);
          }}
        />
        <button
          type="button"
          className="text-button"
          aria-pressed={visible}
          aria-label="Show the password"
          onClick={() => {
            setVisible(!visible);
          }}
        >
          {visible ? "Hide" : "Show"}
        </button>
      </span>
      {isNew && <small id={`${id}-hint`}>At least {minPasswordLength} characters.</small>}
    </div>
  );
}
