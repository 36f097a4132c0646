/** Parsing, filtering and formatting of log lines. Pure. */

/** One line of a pod's log. */
export interface LogLine {
  /** When the node received it: RFC 3339 in UTC, with the node's precision. */
  readonly time: string;
  /** Like `backend`. */
  readonly component: string;
  readonly pod: string;
  /** The raw line. */
  readonly text: string;
  /** Its fields if it is a JSON object. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where a line comes from. */
export interface Source {
  readonly component: string;
  readonly pod: string;
}

/** Parses a line with a timestamp of Kubernetes in front; undefined when it is empty. */
export function readLine({ component, pod }: Source, line: string): LogLine | undefined {
  const [, time, text] = /^(\S+Z) (.*)$/.exec(line) ?? [];
  if (time === undefined || text === undefined || text.trim() === "") return undefined;
  return { time, component, pod, text, fields: fieldsOf(text) };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  if (!text.startsWith("{")) return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Lines in chronological order. */
export function inOrder(lines: readonly LogLine[]): LogLine[] {
  return lines.toSorted((a, b) => (sortable(a.time) < sortable(b.time) ? -1 : 1));
}

/** Nodes drop trailing zeros of the fraction, so that plain timestamps don't sort as strings. */
function sortable(time: string): string {
  const [whole = "", fraction = ""] = time.slice(0, -1).split(".");
  return `${whole}.${fraction.padEnd(9, "0")}`;
}

/** Whether a line was written after another. */
export function isLater(line: LogLine, other: LogLine): boolean {
  return sortable(line.time) > sortable(other.time);
}

/** Whether a line belongs to a request. */
export function isOfRequest({ fields }: LogLine, id: string): boolean {
  return fields["requestId"] === id;
}

/** Colors of levels. */
export interface Colors {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
}

/** Fields that are shown elsewhere in the line, or are redundant. */
const placed = new Set(["level", "time", "msg", "requestId", "service", "stack"]);

/** The line for a terminal: time, component, level, message, fields, request. */
export function readable(
  { time, component, text, fields }: LogLine,
  { error, warning }: Colors,
): string {
  const clock = time.slice(11, 23).replace("Z", "").padEnd(12);
  const { level, msg, requestId } = fields;
  const name = typeof level === "string" ? level : "";
  const color = /^(error|fatal)$/.test(name) ? error : name === "warn" ? warning : plain;
  const message = typeof msg === "string" ? msg : text;
  const rest =
    typeof msg === "string"
      ? Object.entries(fields)
          .filter(([key]) => !placed.has(key))
          .map(([key, value]) => `${key}=${valueText(value)}`)
      : [];
  const request = typeof requestId === "string" ? [`[${requestId}]`] : [];
  return [
    clock,
    component.padEnd(12),
    color(name.padEnd(5)),
    [message, ...rest, ...request].join(" "),
  ].join(" ");
}

const plain = (text: string) => text;

/** A short form of a value; of an error, its message and cause. */
function valueText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { message, cause } = value as { message?: unknown; cause?: unknown };
  if (typeof message !== "string") return JSON.stringify(value);
  return cause === undefined ? `"${message}"` : `"${message}" because ${valueText(cause)}`;
}
