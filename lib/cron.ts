/** The five fields of a cron expression, with their bounds and names. */
const cronFields = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ") },
  { min: 0, max: 6, names: "SUN MON TUE WED THU FRI SAT".split(" ") },
] as const;

type CronField = (typeof cronFields)[number];

/** Whether Kubernetes accepts it as the schedule of a CronJob. */
export function isSchedule(value: string): boolean {
  if (/^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/.test(value)) return true;
  const fields = value.split(" ");
  return (
    fields.length === cronFields.length &&
    cronFields.every((field, place) =>
      (fields[place] ?? "").split(",").every((item) => isItem(item, field)),
    )
  );
}

/** Whether an item of a field's list is valid, like `5`, `mon-fri` or `*` with a step. */
function isItem(item: string, field: CronField): boolean {
  const { min, max } = field;
  const [range = "", step = "1", ...more] = item.split("/");
  const [from = "", to = from, ...others] = range === "*" ? [`${min}`, `${max}`] : range.split("-");
  const [first, last] = [numberOf(from, field), numberOf(to, field)];
  return (
    more.length + others.length === 0 &&
    /^[1-9]\d*$/.test(step) &&
    min <= first &&
    first <= last &&
    last <= max
  );
}

function numberOf(part: string, { min, names }: CronField): number {
  const name = (names as readonly string[]).indexOf(part.toUpperCase());
  if (name >= 0) return name + min;
  return /^\d+$/.test(part) ? Number(part) : NaN;
}
