import {
  browserZone,
  type Preferences,
  setPreferences,
  dateOrders,
  weekStarts,
} from "../lib/preferences.ts";
import { usePreferences } from "../state/usePreferences.ts";
import { Dialog } from "./Dialog.tsx";
import { ThemeChoice } from "./ThemeChoice.tsx";

const orderLabels: Readonly<Record<Preferences["dateOrder"], string>> = {
  auto: "Automatic",
  day: "Day first (31/12)",
  month: "Month first (12/31)",
};
const weekLabels: Readonly<Record<Preferences["weekStart"], string>> = {
  auto: "Automatic",
  monday: "Monday",
  saturday: "Saturday",
  sunday: "Sunday",
};

/** Settings of this browser; each takes effect at once. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { dateOrder, weekStart, timeZone } = usePreferences();
  return (
    <Dialog title="Settings" className="settings" onClose={onClose}>
      <div className="form">
        <ThemeChoice />
        <Choice
          label="Date order"
          hint="How dates are shown, and how 3/4 is read in the chat and in new tasks."
          value={dateOrder}
          options={dateOrders.map((order) => [order, orderLabels[order]])}
          onChange={(dateOrder) => {
            setPreferences({ dateOrder });
          }}
        />
        <Choice
          label="Week starts on"
          hint="“Next week” in the list of dates is this day."
          value={weekStart}
          options={weekStarts.map((start) => [start, weekLabels[start]])}
          onChange={(weekStart) => {
            setPreferences({ weekStart });
          }}
        />
        <Choice
          label="Time zone"
          hint="Of the times that are shown, and of “tomorrow at 9” in the chat."
          value={timeZone}
          options={[
            ["auto", `Automatic (${browserZone()})`],
            ...Intl.supportedValuesOf("timeZone").map(
              (zone) => [zone, zone.replaceAll("_", " ")] as const,
            ),
          ]}
          onChange={(timeZone) => {
            setPreferences({ timeZone });
          }}
        />
        <p className="quiet">These settings are kept in this browser.</p>
      </div>
    </Dialog>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly hint: string;
  readonly value: T;
  readonly options: readonly (readonly [T, label: string])[];
  readonly onChange: (value: T) => void;
}

function Choice<T extends string>({ label, hint, value, options, onChange }: ChoiceProps<T>) {
  return (
    <label className="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => {
          onChange(event.target.value as T);
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      <small>{hint}</small>
    </label>
  );
}
