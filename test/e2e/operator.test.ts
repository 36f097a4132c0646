import assert from "node:assert/strict";

import {
  ApiextensionsV1Api,
  AppsV1Api,
  CustomObjectsApi,
  NetworkingV1Api,
} from "@kubernetes/client-node";

import { unlessAbsent } from "../../cli/kubernetes/absent.ts";
import { cluster, eventually, namespace } from "./project.ts";
import { stack } from "./stack.ts";

const group = "monitoring.coreos.com";

/** The Prometheus Operator's kinds, without validation. */
const kinds = ["ServiceMonitor", "PrometheusRule"].map((kind) => ({
  kind,
  plural: `${kind.toLowerCase()}s`,
}));

describe(`monitoring.mode operator on ${stack.context}`, function () {
  this.timeout(600_000);
  this.slow(120_000);

  before(() => stack.running());

  const api = () => {
    const { config, core } = cluster(stack.context);
    return {
      core,
      apps: config.makeApiClient(AppsV1Api),
      networking: config.makeApiClient(NetworkingV1Api),
      custom: config.makeApiClient(CustomObjectsApi),
      extensions: config.makeApiClient(ApiextensionsV1Api),
    };
  };

  /** The last change of each object. */
  async function versions(): Promise<string[]> {
    const { core, apps } = api();
    const [deployments, configMaps, secrets] = await Promise.all([
      apps.listNamespacedDeployment({ namespace }),
      core.listNamespacedConfigMap({ namespace }),
      core.listNamespacedSecret({ namespace }),
    ]);
    return [
      // The status of a Deployment changes by itself.
      ...deployments.items.map(({ metadata }) => `${metadata?.name} ${metadata?.generation}`),
      ...[...configMaps.items, ...secrets.items].map(
        ({ metadata }) => `${metadata?.name} ${metadata?.resourceVersion}`,
      ),
    ].sort();
  }

  /** Names of the objects of the operator's kinds. */
  async function watched(): Promise<string[]> {
    const { custom } = api();
    const lists = await Promise.all(
      kinds.map(async ({ kind, plural }) => {
        const list = (await custom.listNamespacedCustomObject({
          group,
          version: "v1",
          namespace,
          plural,
        })) as { items: { metadata: { name: string; labels: Record<string, string> } }[] };
        return list.items.map(
          ({ metadata: { name, labels } }) => `${kind} ${name} of ${labels["release"]}`,
        );
      }),
    );
    return lists.flat().sort();
  }

  async function makeKinds(): Promise<void> {
    for (const { kind, plural } of kinds) {
      await api().extensions.createCustomResourceDefinition({
        body: {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          metadata: { name: `${plural}.${group}` },
          spec: {
            group,
            scope: "Namespaced",
            names: { kind, plural },
            versions: [
              {
                name: "v1",
                served: true,
                storage: true,
                schema: {
                  openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true },
                },
              },
            ],
          },
        },
      });
    }
    await eventually(30, watched);
  }

  async function removeKinds(): Promise<void> {
    for (const { plural } of kinds) {
      await api()
        .extensions.deleteCustomResourceDefinition({ name: `${plural}.${group}` })
        .catch(unlessAbsent);
    }
  }

  after(removeKinds);

  it("is refused by a cluster without a Prometheus Operator, and nothing changes", async () => {
    const before = await versions();

    const { code, output } = await stack.start("monitoring.mode=operator");

    assert.equal(code, 1, output);
    assert.match(
      output,
      /Nothing was changed\.\s+monitoring\.mode is operator, but the cluster of context \S+ has no ServiceMonitor and no PrometheusRule/,
    );
    assert.deepEqual(await versions(), before);
  });

  it("creates the operator's objects, and removes them again", async () => {
    await makeKinds();

    const { code, output } = await stack.start("monitoring.mode=operator");

    assert.equal(code, 0, output);
    assert.deepEqual(await watched(), [
      "PrometheusRule todo-chatbot of kube-prometheus-stack",
      "ServiceMonitor backend-monitor of kube-prometheus-stack",
      "ServiceMonitor frontend-monitor of kube-prometheus-stack",
    ]);
    const { core, apps, networking } = api();
    const dashboard = { name: "todo-chatbot-dashboard", namespace };
    const { metadata } = await core.readNamespacedConfigMap(dashboard);
    assert.equal(metadata?.labels?.["grafana_dashboard"], "1");
    const own = { name: "prometheus-deployment", namespace };
    await assert.rejects(apps.readNamespacedDeployment(own), { code: 404 });
    const { spec } = await networking.readNamespacedNetworkPolicy({
      name: "allow-backend",
      namespace,
    });
    assert.match(JSON.stringify(spec), /"kubernetes.io\/metadata.name":"monitoring"/);

    const back = await stack.start("monitoring.mode=bundled");

    assert.equal(back.code, 0, back.output);
    assert.deepEqual(await watched(), []);
    await assert.rejects(core.readNamespacedConfigMap(dashboard), { code: 404 });
    await apps.readNamespacedDeployment(own);
  });
});
