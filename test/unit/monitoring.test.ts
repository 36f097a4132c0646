import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";

import type { MonitoringArgs } from "../../components/monitoring.ts";
import { Monitoring } from "../../components/monitoring.ts";
import { all, only, registered, settle, startEngine, valueOf } from "./engine.ts";

const deploymentType = "kubernetes:apps/v1:Deployment";
const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

async function monitoring(args: Partial<MonitoringArgs> = {}): Promise<Monitoring> {
  await startEngine();
  const made = new Monitoring("monitoring", {
    namespace: "todo-chatbot-namespace",
    provider: new k8s.Provider("provider"),
    image: "prom/prometheus:v3.13.4",
    policies: true,
    ...args,
  });
  await settle();
  return made;
}

interface PodTemplate {
  readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  readonly spec: k8s.types.output.core.v1.PodSpec;
}

function podTemplate(): PodTemplate {
  const { template } = only(deploymentType).inputs["spec"] as { template: PodTemplate };
  return template;
}

interface Relabeling {
  readonly source_labels: readonly string[];
  readonly regex?: string;
  readonly action?: "keep" | "drop";
  readonly target_label?: string;
}
interface ScrapeConfig {
  readonly kubernetes_sd_configs: readonly { role: string; namespaces: { names: string[] } }[];
  readonly relabel_configs: readonly Relabeling[];
}

function configuration(): { text: string; scrape: ScrapeConfig } {
  const { data } = only("kubernetes:core/v1:ConfigMap").inputs as {
    data: Record<"prometheus.yml", string>;
  };
  const text = data["prometheus.yml"];
  const { scrape_configs } = JSON.parse(text) as { scrape_configs: ScrapeConfig[] };
  assert.equal(scrape_configs.length, 1);
  return { text, scrape: scrape_configs[0]! };
}

/** Whether Prometheus, with these rules, reads a pod's port; as its documentation says. */
function isScraped(rules: readonly Relabeling[], labels: Readonly<Record<string, string>>) {
  return rules.every(({ source_labels, regex = "(.*)", action }) => {
    const text = source_labels.map((label) => labels[label] ?? "").join(";");
    const matches = new RegExp(`^(?:${regex})$`).test(text);
    return action === "keep" ? matches : action === "drop" ? !matches : true;
  });
}

const pod = (component: string, port = "http", phase = "Running", partOf = "todo-chatbot") => ({
  __meta_kubernetes_pod_label_app_kubernetes_io_part_of: partOf,
  __meta_kubernetes_pod_label_app_kubernetes_io_component: component,
  __meta_kubernetes_pod_container_port_name: port,
  __meta_kubernetes_pod_phase: phase,
  __meta_kubernetes_namespace: "todo-chatbot-namespace",
  __meta_kubernetes_pod_name: `${component}-1`,
});

describe("Monitoring", () => {
  it("runs the image that it is told, restricted as the namespace asks", async () => {
    await monitoring();

    const { spec } = podTemplate();
    assert.deepEqual(spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      fsGroup: 65534,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.equal(spec.containers.length, 1);
    const { image, securityContext, resources } = spec.containers[0]!;
    assert.equal(image, "prom/prometheus:v3.13.4");
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(Object.keys(resources.requests), ["cpu", "memory"]);
    assert.deepEqual(Object.keys(resources.limits), ["cpu", "memory"]);
  });

  it("writes to an emptied disk of the node that can hold what it keeps", async () => {
    await monitoring();

    const { volumes, containers } = podTemplate().spec;
    assert.ok(containers[0]!.args.includes("--storage.tsdb.retention.size=100MB"));
    assert.deepEqual(
      volumes.map(({ name, emptyDir }) => [
        name,
        (emptyDir as { sizeLimit: string } | undefined)?.sizeLimit,
      ]),
      [
        ["config", undefined],
        ["data", "300Mi"],
      ],
    );
  });

  it("finds the pods of the namespace, and may do nothing else", async () => {
    await monitoring();

    assert.deepEqual(only("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs["rules"], [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] },
    ]);
    assert.deepEqual(configuration().scrape.kubernetes_sd_configs, [
      { role: "pod", namespaces: { names: ["todo-chatbot-namespace"] } },
    ]);
  });

  for (const [what, labels, scraped] of [
    ["a backend", pod("backend"), true],
    ["a frontend", pod("frontend", "metrics"), true],
    ["a frontend's page", pod("frontend"), false],
    ["the database", pod("database", "postgres"), false],
    ["another port of a backend", pod("backend", "debug"), false],
    ["a pod of somebody else", pod("backend", "http", "Running", "shop"), false],
    ["a finished pod", pod("backend", "http", "Succeeded"), false],
    ["a failed pod", pod("backend", "http", "Failed"), false],
  ] as const) {
    it(`${scraped ? "reads" : "does not read"} ${what}`, async () => {
      await monitoring();

      assert.equal(isScraped(configuration().scrape.relabel_configs, labels), scraped);
    });
  }

  it("marks each sample with its namespace, pod and part", async () => {
    await monitoring();

    const targets = configuration().scrape.relabel_configs.flatMap(
      ({ target_label, source_labels }) => (target_label ? [[target_label, ...source_labels]] : []),
    );
    assert.deepEqual(targets, [
      ["namespace", "__meta_kubernetes_namespace"],
      ["pod", "__meta_kubernetes_pod_name"],
      ["component", "__meta_kubernetes_pod_label_app_kubernetes_io_component"],
    ]);
  });

  it("rolls the pod when its configuration changes", async () => {
    await monitoring();
    const checksum = podTemplate().metadata.annotations["checksum/config"];
    assert.equal(checksum, createHash("sha256").update(configuration().text).digest("hex"));

    await monitoring({ namespace: "elsewhere" });
    assert.notEqual(podTemplate().metadata.annotations["checksum/config"], checksum);
  });

  it("lets nobody in, and out only to DNS, the API server and the pods that it reads", async () => {
    await monitoring();

    const { spec } = only(policyType).inputs as { spec: Record<string, unknown> };
    assert.deepEqual(spec["policyTypes"], ["Ingress", "Egress"]);
    assert.ok(!("ingress" in spec));
    assert.deepEqual(spec["podSelector"], { matchLabels: podTemplate().metadata.labels });
    assert.deepEqual(spec["egress"], [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
          },
        ],
        ports: [
          { port: 53, protocol: "UDP" },
          { port: 53, protocol: "TCP" },
        ],
      },
      { ports: [443, 6443, 8443].map((port) => ({ port, protocol: "TCP" })) },
      {
        to: [{ podSelector: { matchLabels: { "app.kubernetes.io/part-of": "todo-chatbot" } } }],
      },
    ]);
  });

  it("is guarded before it starts, and has three minutes to get ready", async () => {
    await monitoring();

    const { dependsOn, createTimeout } = only(deploymentType);
    assert.ok(dependsOn.includes("monitoring-policy") && dependsOn.includes("monitoring-binding"));
    assert.equal(createTimeout, "3m");
  });

  it("has no policy where the stack wants none", async () => {
    await monitoring({ policies: false });

    assert.deepEqual(all(policyType), []);
  });

  it("hands out its Service, which leads to its pod", async () => {
    const { service } = await monitoring();

    assert.equal(await valueOf(service), "prometheus-service");
    const { selector } = only("kubernetes:core/v1:Service").inputs["spec"] as { selector: object };
    assert.deepEqual(selector, podTemplate().metadata.labels);
  });

  it("lives in the namespace that it is told, by the provider that it is told", async () => {
    await monitoring({ namespace: "elsewhere" });

    const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.equal(objects.length, 7);
    for (const { inputs, provider } of objects) {
      assert.equal((inputs["metadata"] as { namespace: string }).namespace, "elsewhere");
      assert.equal(provider, "provider");
    }
  });
});
