/** An image reference in parts, as in the chart's values. */
export interface ImageReference {
  /** Like `prom/prometheus` or `registry.example.org/team/todo-chatbot-backend`. */
  readonly repository: string;
  /** Like `v3.13.4`; empty if there is only a digest. */
  readonly tag: string;
  /** `sha256:…`, or empty. */
  readonly digest: string;
}

/** Parses `repository:tag@digest`; tag and digest are optional. */
export function parseReference(reference: string): ImageReference {
  const [name = "", digest = ""] = reference.split("@");
  // A colon before the last slash belongs to the registry's port.
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon === -1
    ? { repository: name, tag: "", digest }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}

/** A reference as nodes store it: with the registry, folder and tag that Docker leaves out. */
export function fullReference(reference: string): string {
  const { tag, digest } = parseReference(reference);
  const tagged = tag === "" && digest === "" ? `${reference}:latest` : reference;
  const [host = "", ...path] = tagged.split("/");
  if (path.length === 0) return `docker.io/library/${tagged}`;
  return /[.:]|^localhost$/.test(host) ? tagged : `docker.io/${tagged}`;
}
