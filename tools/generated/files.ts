import { backendDockerfile } from "./dockerfile.ts";
import { chartEnvironment, environmentPage } from "./environment.ts";
import { chartReadme } from "./chart-readme.ts";
import { chartValues } from "./chart-values.ts";
import { configurationPage } from "./configuration-page.ts";
import { pulumiYaml } from "./pulumi-yaml.ts";
import { readme } from "./readme.ts";
import { frontendCopy } from "./frontend-copy.ts";

/** A generated file. */
export interface GeneratedFile {
  /** Its path in the project. */
  readonly file: string;
  readonly make: () => string | Promise<string>;
}

/** All generated files except golden files, in order; golden files depend on these. */
export const generatedFiles: readonly GeneratedFile[] = [
  { file: "Pulumi.yaml", make: pulumiYaml },
  { file: "README.md", make: readme },
  { file: "docs/configuration.md", make: configurationPage },
  { file: "docs/environment.md", make: environmentPage },
  { file: "charts/todo-chatbot/files/environment.yaml", make: chartEnvironment },
  { file: "charts/todo-chatbot/README.md", make: chartReadme },
  { file: "components/release/chart-values.gen.ts", make: chartValues },
  { file: "images/backend/Dockerfile", make: backendDockerfile },
  { file: "images/frontend/scripts/sbom.gen.ts", make: () => frontendCopy("sbom.ts") },
  { file: "images/frontend/slim.gen.ts", make: () => frontendCopy("slim.ts") },
  ...["tracing", "request-spans"].map((name) => ({
    file: `images/frontend/server/${name}.gen.ts`,
    make: () => frontendCopy(`src/telemetry/${name}.ts`),
  })),
];
