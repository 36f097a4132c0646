import { join } from "node:path";

import { AppsV1Api } from "@kubernetes/client-node";

import { run } from "../../lib/exec.ts";
import { cluster, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/** Runs Helm in a namespace of the tests' cluster. */
export const helm = (where: string, ...args: readonly string[]) =>
  run("helm", ["--kube-context", stack.context, "--namespace", where, ...args], {
    timeoutMs: 300_000,
  });

/** Creates a namespace that enforces Pod Security `restricted`. */
export async function createNamespace(name: string): Promise<void> {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await stack.core().createNamespace({ body: { metadata: { name, labels } } });
}

/** What differs between installations of the chart. */
interface Installation {
  readonly release: string;
  /** Prefix of the objects' names. */
  readonly prefix?: string;
  /** Node port of the web UI; default: one that the cluster chooses. */
  readonly nodePort?: number;
  /** Password of the database. */
  readonly password: string;
}

/** Installs the chart alone, with the images of the stack and one pod of each app, and waits for it. */
export async function installChart(
  where: string,
  { release, prefix = "", nodePort, password }: Installation,
): Promise<void> {
  const images = await imagesOnNodes();
  const values = {
    namePrefix: prefix,
    apiKeys: { jwtSecretKey: `${release}-${"k".repeat(40)}` },
    backend: { image: images.backend, replicaCount: 1 },
    frontend: {
      image: images.frontend,
      replicaCount: 1,
      ...(nodePort !== undefined && { service: { nodePort } }),
    },
    database: { mode: "bundled", bundled: { password, ...images.database } },
  };
  const chart = join(import.meta.dirname, "../../charts/todo-chatbot");
  const json = Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const started = performance.now();
  await helm(
    where,
    ...["install", release, chart, "--wait", "--timeout", "4m", "--set-json", json.join()],
  );
  console.log(`      helm install took ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** What the stack's own pods run: its images are on the nodes already. */
async function imagesOnNodes() {
  const apps = cluster(stack.context).config.makeApiClient(AppsV1Api);
  const templateOf = async (part: string) => {
    const { spec } = await apps.readNamespacedDeployment({ name: `${part}-deployment`, namespace });
    const [container] = spec?.template.spec?.containers ?? [];
    const [, repository = "", tag = "", digest = ""] =
      /^(.*?)(?::([\w.-]+))?(?:@(.*))?$/.exec(container?.image ?? "") ?? [];
    return { image: { repository, tag, digest }, pod: spec?.template.spec };
  };
  const database = await templateOf("database");
  const runAsUser = database.pod?.securityContext?.runAsUser;
  return {
    backend: (await templateOf("backend")).image,
    frontend: (await templateOf("frontend")).image,
    database: { image: database.image, ...(runAsUser !== undefined && { runAsUser }) },
  };
}
