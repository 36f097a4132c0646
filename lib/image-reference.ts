/** An image reference, taken apart as the chart's values want it. */
export interface ImageReference {
  /** Like `prom/prometheus` or `registry.example.org/team/todo-chatbot-backend`. */
  readonly repository: string;
  /** Like `v3.13.4`; empty when only the digest counts. */
  readonly tag: string;
  /** `sha256:…`, or empty. */
  readonly digest: string;
}

/** Takes `repository:tag@digest` apart; tag and digest may be missing. */
export function parseReference(reference: string): ImageReference {
  const [name = "", digest = ""] = reference.split("@");
  // A colon before the last slash belongs to the registry's port.
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon === -1
    ? { repository: name, tag: "", digest }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}
