/** Tools that tests need beside Node. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { skip } from "../skip.ts";

/** Commands and where they come from. */
const origins = {
  helm: "go install helm.sh/helm/v3/cmd/helm@v3.22.0",
  helm4: "go install helm.sh/helm/v4/cmd/helm@v4.0.0, renamed",
  kubeconform: "go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0",
  "kube-score": "go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0",
  go: "Go 1.24 or later, from the system's packages",
  docker: "Docker, from the system's packages",
} as const;

export type Tool = keyof typeof origins;

/** A suite that is skipped where one of its tools is not on PATH. */
export function describeWith(
  tools: readonly Tool[],
  title: string,
  body: (this: Mocha.Suite) => void,
): void {
  const missing = tools.filter((tool) => !isOnPath(tool));
  describe(title, function () {
    before(function () {
      const [tool] = missing;
      if (tool !== undefined) skip(this, `${tool} is not on PATH: ${origins[tool]}`);
    });
    body.call(this);
  });
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
