import { useState } from "react";

import { readStored, writeStored } from "../lib/storage.ts";
import { Icon } from "./Icon.tsx";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];

const icons = { system: "system", light: "sun", dark: "moon" } as const;

function storedTheme(): Theme {
  const stored = readStored("theme");
  return themes.find((theme) => theme === stored) ?? "system";
}

/** Applies a theme, by default the stored one, through the document's `data-theme`. */
export function applyTheme(theme: Theme = storedTheme()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** Cycles through the system's theme, light and dark. */
export function ThemeButton() {
  const [theme, setTheme] = useState(storedTheme);

  function change(): void {
    const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
    writeStored("theme", next === "system" ? undefined : next);
    applyTheme(next);
    setTheme(next);
  }

  return (
    <button type="button" className="icon-button" onClick={change} title={`Theme: ${theme}`}>
      <Icon name={icons[theme]} />
      <span className="visually-hidden">Theme: {theme}. Change theme</span>
    </button>
  );
}
