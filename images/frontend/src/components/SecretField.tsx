import { useEffect, useRef, useState } from "react";

export interface SecretFieldProps {
  readonly label: string;
  readonly value: string;
}

/** A secret that is shown once, selected and with a button to copy it. */
export function SecretField({ label, value }: SecretFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    field.current?.select();
    setCopied(false);
  }, [value]);

  function copy(): void {
    field.current?.select();
    // There is no clipboard over plain HTTP; the text is selected then.
    if (!isSecureContext) return;
    void navigator.clipboard.writeText(value).then(() => {
      setCopied(true);
    });
  }

  return (
    <label className="field">
      <span>{label}</span>
      <span className="with-button">
        <input ref={field} type="text" readOnly spellCheck={false} value={value} />
        <button type="button" className="text-button" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
      </span>
      <small>Keep it now: it is not shown again.</small>
    </label>
  );
}
