import { calendarDay, minuteMs, WallClock } from "../dates/wall-clock.ts";

const weekMs = 7 * 24 * 60 * minuteMs;
const yearMs = 366 * 24 * 60 * minuteMs;

/**
 * A VTIMEZONE (RFC 5545, 3.6.5): the clock changes from a year before to two years after `now`, which
 * is enough for calendars that load a feed again and again.
 */
export function timeZoneLines(timeZone: string, now: Date): string[] {
  const clock = new WallClock(now, timeZone);
  const start = now.getTime() - yearMs;
  const changes = [observance("19700101T000000", offsetAt(clock, start), offsetAt(clock, start))];
  for (let week = start; week < now.getTime() + 2 * yearMs; week += weekMs) {
    const [before, after] = [offsetAt(clock, week), offsetAt(clock, week + weekMs)];
    if (before === after) continue;
    let [low, high] = [week, week + weekMs];
    while (high - low > minuteMs) {
      const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs;
      if (offsetAt(clock, middle) === before) low = middle;
      else high = middle;
    }
    changes.push(observance(localTime(high + before * minuteMs), before, after));
  }
  return ["BEGIN:VTIMEZONE", `TZID:${timeZone}`, ...changes.flat(), "END:VTIMEZONE"];
}

/** A moment as local time in a zone, in the basic format. */
export function localTimeIn(timeZone: string, iso: string): string {
  const moment = Date.parse(iso);
  return localTime(moment + offsetAt(new WallClock(new Date(moment), timeZone), moment) * minuteMs);
}

function observance(start: string, before: number, after: number): string[] {
  const kind = after > before ? "DAYLIGHT" : "STANDARD";
  return [
    `BEGIN:${kind}`,
    `DTSTART:${start}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(after)}`,
    `END:${kind}`,
  ];
}

/** UTC offset in minutes. */
function offsetAt(clock: WallClock, moment: number): number {
  const { day, minutes } = clock.toWallTime(new Date(moment));
  return day * 24 * 60 + minutes - Math.floor(moment / minuteMs);
}

function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${two(hours)}${two(rest)}`;
}

/** Of a moment whose UTC is the local time. */
function localTime(moment: number): string {
  const minutes = Math.floor(moment / minuteMs);
  const day = Math.floor(minutes / 1440);
  const { year, month, date } = calendarDay(day);
  const inDay = minutes - day * 1440;
  return `${year}${two(month)}${two(date)}T${two(Math.floor(inDay / 60))}${two(inDay % 60)}00`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
