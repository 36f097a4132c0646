/**
 * The keys of a path as Pulumi writes one: `backend.replicas`, or with quotes around a key that has dots,
 * `monitoring.labels["example.org/team"]`.
 *
 * @returns undefined for what is no path
 */
export function settingPath(text: string): string[] | undefined {
  if (!/^[\w-]+(\.[\w-]+|\["[^"]+"\])*$/.test(text)) return undefined;
  return (text.match(/\["[^"]+"\]|[\w-]+/g) ?? []).map((key) => key.replace(/^\["(.*)"\]$/, "$1"));
}
