/**
 * The keys of a path in Pulumi's syntax: `backend.replicas`, or with quotes around a key with dots,
 * `monitoring.labels["example.org/team"]`.
 *
 * @returns undefined if it is not a valid path
 */
export function settingPath(text: string): string[] | undefined {
  if (!/^[\w-]+(\.[\w-]+|\["[^"]+"\])*$/.test(text)) return undefined;
  return (text.match(/\["[^"]+"\]|[\w-]+/g) ?? []).map((key) => key.replace(/^\["(.*)"\]$/, "$1"));
}
