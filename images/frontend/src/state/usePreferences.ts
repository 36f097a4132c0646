import { useSyncExternalStore } from "react";

import { type Preferences, preferences, watchPreferences } from "../lib/preferences.ts";

/** The settings of this browser; updates live. */
export function usePreferences(): Preferences {
  return useSyncExternalStore(watchPreferences, preferences);
}
