import { useId, useState } from "react";

import { setTheme, storedTheme, type Theme, themes } from "../lib/theme.ts";

const labels: Readonly<Record<Theme, string>> = { system: "System", light: "Light", dark: "Dark" };

/** Light, dark, or what the system has. */
export function ThemeChoice() {
  const [theme, choose] = useState(storedTheme);
  const id = useId();
  return (
    <fieldset className="field choices theme-choice">
      <legend>Theme</legend>
      <div className="segments">
        {themes.map((value) => (
          <label key={value}>
            <input
              type="radio"
              name={id}
              checked={theme === value}
              onChange={() => {
                setTheme(value);
                choose(value);
              }}
            />
            {labels[value]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
