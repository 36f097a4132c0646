import { readStored, writeStored } from "./storage.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storedAs = "theme";

export function storedTheme(): Theme {
  const stored = readStored(storedAs);
  return themes.find((theme) => theme === stored) ?? "system";
}

/** Applies a theme, by default the stored one, through the document's `data-theme`. */
export function applyTheme(theme: Theme = storedTheme()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function setTheme(theme: Theme): void {
  writeStored(storedAs, theme === "system" ? undefined : theme);
  applyTheme(theme);
}
