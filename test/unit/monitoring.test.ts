import assert from "node:assert/strict";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Alert } from "../../components/monitoring/alerts.ts";
import { monitoringMesh } from "../../components/monitoring/mesh.ts";
import type { MonitoringArgs } from "../../components/monitoring/monitoring.ts";
import { Monitoring } from "../../components/monitoring/monitoring.ts";
import type { Receivers } from "../../components/monitoring/receivers.ts";
import { receivers } from "./alerting.ts";
import { all, isSecret, only, plain, registered, settle, startEngine } from "./engine.ts";

const alert: Alert = {
  name: "pod-down",
  severity: "critical",
  component: "backend",
  forSeconds: 120,
  expr: "up == 0",
  summary: "A pod is down",
  description: "It is down.",
};

const prometheusDeployment = "monitoring-deployment";
const alertmanagerDeployment = "monitoring-alertmanager-deployment";
const deploymentType = "kubernetes:apps/v1:Deployment";
const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

async function monitoring(args: Partial<MonitoringArgs> = {}): Promise<Monitoring> {
  await startEngine();
  const made = new Monitoring(
    "monitoring",
    {
      namespace: "todo-chatbot-namespace",
      images: { prometheus: "prom/prometheus:v3.13.4", alertmanager: "prom/alertmanager:v0.34.1" },
      policies: true,
      mesh: monitoringMesh("none"),
      alerts: [alert],
      receivers: {},
      revisionKey: pulumi.secret("key"),
      ...args,
    },
    { provider: new k8s.Provider("provider") },
  );
  await settle();
  return made;
}

interface PodTemplate {
  readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  readonly spec: k8s.types.output.core.v1.PodSpec;
}

function podTemplate(deployment = prometheusDeployment): PodTemplate {
  const { template } = only(deploymentType, deployment).inputs["spec"] as { template: PodTemplate };
  return template;
}

interface Relabeling {
  readonly source_labels?: readonly string[];
  readonly regex?: string;
  readonly action?: "keep" | "drop" | "labeldrop";
  readonly target_label?: string;
  readonly replacement?: string;
}
interface ScrapeConfig {
  readonly job_name: string;
  readonly relabel_configs: readonly Relabeling[];
  readonly metric_relabel_configs: readonly Relabeling[];
  readonly authorization?: { readonly type: string; readonly credentials_file: string };
}

type Job = "todo-chatbot" | "containers" | "volumes";

function job(name: Job): ScrapeConfig {
  const { data } = only("kubernetes:core/v1:ConfigMap").inputs as {
    data: { "prometheus.yml": string };
  };
  const { scrape_configs } = JSON.parse(data["prometheus.yml"]) as {
    scrape_configs: ScrapeConfig[];
  };
  assert.equal(scrape_configs.length, 3);
  return scrape_configs.find(({ job_name }) => job_name === name)!;
}

/**
 * The labels that Prometheus makes of others by these rules, as its documentation says; undefined
 * when it drops them.
 */
function relabeled(rules: readonly Relabeling[], given: Readonly<Record<string, string>>) {
  const labels = { ...given };
  for (const { source_labels = [], regex = "(.*)", action, target_label, replacement } of rules) {
    const pattern = new RegExp(`^(?:${regex})$`);
    if (action === "labeldrop") {
      for (const label of Object.keys(labels)) if (pattern.test(label)) delete labels[label];
      continue;
    }
    const text = source_labels.map((label) => labels[label] ?? "").join(";");
    if (pattern.test(text) ? action === "drop" : action === "keep") return undefined;
    if (target_label !== undefined && pattern.test(text)) {
      labels[target_label] = text.replace(pattern, replacement ?? "$1");
    }
  }
  return Object.fromEntries(
    Object.entries(labels).filter(([label]) => !label.startsWith("__meta")),
  );
}

const pod = (component: string, port = "http", phase = "Running", partOf = "todo-chatbot") => ({
  __meta_kubernetes_pod_label_app_kubernetes_io_part_of: partOf,
  __meta_kubernetes_pod_label_app_kubernetes_io_component: component,
  __meta_kubernetes_pod_container_port_name: port,
  __meta_kubernetes_pod_phase: phase,
  __meta_kubernetes_namespace: "todo-chatbot-namespace",
  __meta_kubernetes_pod_name: `${component}-1`,
  __meta_kubernetes_pod_host_ip: "172.18.0.2",
  __meta_kubernetes_pod_node_name: "node-1",
});

/** A series of the kubelet's. */
const series = (name: string, container: string, namespace = "todo-chatbot-namespace") => ({
  __name__: name,
  namespace,
  pod: "backend-1",
  container,
  id: "/kubepods/1",
  image: "backend:1",
  name: "1d1d",
  cpu: "total",
});

describe("Monitoring", () => {
  it("requests at most 150 MiB in all, and Go knows of each limit", async () => {
    await monitoring();

    const containers = all(deploymentType).map(({ name }) => podTemplate(name).spec.containers[0]!);
    const mebibytes = (quantity: string) => Number(/^(\d+)MiB?$/.exec(quantity)?.[1]);
    const requested = containers.map(({ resources }) => mebibytes(resources.requests["memory"]!));
    assert.equal(requested.length, 2);
    assert.ok(requested[0]! + requested[1]! <= 150);
    for (const { env, resources } of containers) {
      const soft = mebibytes(env.find(({ name }) => name === "GOMEMLIMIT")!.value);
      assert.ok(soft < mebibytes(resources.limits["memory"]!) && soft > 0);
      assert.ok(resources.requests["cpu"] && resources.limits["cpu"]);
    }
  });

  it("names what is in no namespace after its own, so that a second instance has room", async () => {
    await monitoring({ namespace: "elsewhere" });

    for (const kind of ["ClusterRole", "ClusterRoleBinding"]) {
      const { metadata } = only(`kubernetes:rbac.authorization.k8s.io/v1:${kind}`).inputs as {
        metadata: { name: string };
      };
      assert.equal(metadata.name, "elsewhere-prometheus");
    }
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

      const labelled = relabeled(job("todo-chatbot").relabel_configs, labels);
      assert.equal(labelled !== undefined, scraped);
    });
  }

  it("labels each sample with its namespace, pod and component", async () => {
    await monitoring();

    assert.deepEqual(relabeled(job("todo-chatbot").relabel_configs, pod("backend")), {
      namespace: "todo-chatbot-namespace",
      pod: "backend-1",
      component: "backend",
    });
  });

  it("reads the kubelet of each of its pods' nodes, once", async () => {
    await monitoring();
    const { relabel_configs, authorization } = job("containers");
    const target = (labels: Record<string, string>) => relabeled(relabel_configs, labels);

    const expected = { __address__: "172.18.0.2:10250", node: "node-1" };
    assert.deepEqual(target(pod("backend")), expected);
    assert.deepEqual(target(pod("database", "postgres")), expected);
    const ipv6 = { ...pod("backend"), __meta_kubernetes_pod_host_ip: "fd00::2" };
    assert.equal(target(ipv6)?.["__address__"], "[fd00::2]:10250");
    assert.equal(target({ ...pod("backend"), __meta_kubernetes_pod_host_ip: "" }), undefined);
    assert.equal(target(pod("backend", "http", "Succeeded")), undefined);
    assert.equal(target(pod("backend", "http", "Running", "shop")), undefined);
    assert.match(authorization!.credentials_file, /serviceaccount\/token$/);
  });

  for (const [what, given, kept] of [
    ["a container's CPU", series("container_cpu_usage_seconds_total", "backend"), true],
    ["a container's limit", series("container_spec_memory_limit_bytes", "backend"), true],
    ["a pod's network", series("container_network_receive_bytes_total", ""), true],
    ["a pod's sum of CPU", series("container_cpu_usage_seconds_total", ""), false],
    ["the container of the network", series("container_memory_working_set_bytes", "POD"), false],
    ["what nothing reads", series("container_tasks_state", "backend"), false],
    ["another namespace", series("container_cpu_usage_seconds_total", "backend", "shop"), false],
  ] as const) {
    it(`${kept ? "keeps" : "drops"} ${what} of what a kubelet tells`, async () => {
      await monitoring();

      const labels = relabeled(job("containers").metric_relabel_configs, given);
      const { __name__, namespace, pod: of, container } = given;
      assert.deepEqual(labels, kept ? { __name__, namespace, pod: of, container } : undefined);
    });
  }

  it("keeps of a kubelet's other metrics those of the namespace's volumes", async () => {
    await monitoring();
    const keeps = (name: string, namespace?: string) =>
      relabeled(job("volumes").metric_relabel_configs, series(name, "", namespace)) !== undefined;

    assert.ok(keeps("kubelet_volume_stats_available_bytes"));
    assert.ok(!keeps("kubelet_volume_stats_available_bytes", "shop"));
    assert.ok(!keeps("kubelet_running_pods"));
  });

  it("rolls the pod when its configuration or an alert changes", async () => {
    await monitoring();
    const checksum = podTemplate().metadata.annotations["checksum/config"];
    assert.match(checksum!, /^[0-9a-f]{64}$/);

    await monitoring({ namespace: "elsewhere" });
    const elsewhere = podTemplate().metadata.annotations["checksum/config"];
    await monitoring({ alerts: [{ ...alert, forSeconds: 60 }] });
    const hastier = podTemplate().metadata.annotations["checksum/config"];
    assert.equal(new Set([checksum, elsewhere, hastier]).size, 3);
  });

  for (const [deployment, before] of [
    [
      prometheusDeployment,
      ["monitoring-binding", "monitoring-kubelet-binding", "monitoring-policy"],
    ],
    [alertmanagerDeployment, ["monitoring-alertmanager-policy"]],
  ] as const) {
    it(`guards ${deployment} before it starts, and gives it pods.readyTimeout to get ready`, async () => {
      await monitoring({ pods: { readyTimeout: "240s" } });

      const { dependsOn, createTimeout } = only(deploymentType, deployment);
      for (const guard of before) assert.ok(dependsOn.includes(guard), guard);
      assert.equal(createTimeout, "240s");
    });
  }

  for (const [mode, labels, annotations, ports] of [
    ["linkerd", {}, { "linkerd.io/inject": "enabled" }, [9093, 4143]],
    ["istio-ambient", { "istio.io/dataplane-mode": "ambient" }, {}, [9093, 15008]],
    ["istio", {}, {}, [9093]],
  ] as const) {
    it(`has its pods in the mesh ${mode}, unless its sidecars would not help`, async () => {
      await monitoring({ mesh: monitoringMesh(mode) });

      for (const deployment of [prometheusDeployment, alertmanagerDeployment]) {
        const { metadata } = podTemplate(deployment);
        assert.equal(metadata.labels["istio.io/dataplane-mode"], labels["istio.io/dataplane-mode"]);
        assert.equal(metadata.labels["sidecar.istio.io/inject"], undefined);
        assert.equal(metadata.annotations["linkerd.io/inject"], annotations["linkerd.io/inject"]);
      }
      const spec = (policy: string) =>
        only(policyType, policy).inputs["spec"] as k8s.types.output.networking.v1.NetworkPolicySpec;
      assert.deepEqual(
        spec("monitoring-alertmanager-policy").ingress[0]?.ports.map(({ port }) => port),
        ports,
      );
      const controlPlane = JSON.stringify(spec("monitoring-policy").egress).includes('"linkerd"');
      assert.equal(controlPlane, mode === "linkerd");
    });
  }

  it("has no policy where the stack wants none", async () => {
    await monitoring({ policies: false });

    assert.deepEqual(all(policyType), []);
  });

  it("pulls its images with the given Secrets", async () => {
    await monitoring({ pullSecrets: ["registry"] });

    for (const deployment of [prometheusDeployment, alertmanagerDeployment])
      assert.deepEqual(podTemplate(deployment).spec.imagePullSecrets, [{ name: "registry" }]);
  });

  it("is created in the given namespace, by the given provider", async () => {
    await monitoring({ namespace: "elsewhere" });

    const objects = registered.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.equal(objects.length, 13);
    for (const { type, inputs, provider } of objects) {
      const { namespace } = inputs["metadata"] as { namespace?: string };
      assert.equal(namespace, type.includes(":ClusterRole") ? undefined : "elsewhere");
      assert.equal(provider, "provider");
    }
  });
});

describe("Alertmanager", () => {
  const withReceivers = (given: Receivers) => monitoring({ receivers: given });
  const stored = () => only("kubernetes:core/v1:Secret").inputs["stringData"];
  const configuration = () => {
    const { "alertmanager.yml": text } = plain(stored()) as { "alertmanager.yml": unknown };
    return JSON.parse(plain(text) as string) as { receivers: Record<string, object[]>[] };
  };
  const egress = () => {
    const { spec } = only(policyType, "monitoring-alertmanager-policy").inputs as {
      spec: { egress: { ports: { port: number }[] }[] };
    };
    return spec.egress.map(({ ports }) => ports.map(({ port }) => port));
  };
  const revision = () =>
    podTemplate(alertmanagerDeployment).metadata.annotations["checksum/config"]!;

  it("tells every receiver of alerts, and of their end", async () => {
    await withReceivers(receivers);

    const [receiver] = configuration().receivers;
    const { webhook_configs, slack_configs, email_configs } = receiver!;
    assert.deepEqual(webhook_configs, [
      { send_resolved: true, url: "http://receiver:8080/alerts" },
    ]);
    const [slack] = slack_configs as { api_url: string; channel: string; send_resolved: boolean }[];
    assert.deepEqual(
      [slack!.api_url, slack!.channel, slack!.send_resolved],
      ["https://hooks.example.org/x", "#alerts", true],
    );
    const { username, password, ...addresses } = receivers.email;
    assert.deepEqual(email_configs, [
      { send_resolved: true, ...addresses, auth_username: username, auth_password: password },
    ]);
  });

  it("has only the receivers that are given", async () => {
    await withReceivers({});

    assert.deepEqual(configuration().receivers, [{ name: "everyone" }]);
  });

  it("keeps the receivers' secrets in a Secret, and nowhere in clear", async () => {
    await withReceivers(receivers);

    const { "alertmanager.yml": text } = stored() as { "alertmanager.yml": unknown };
    assert.ok(isSecret(stored()) || isSecret(text));
    const clear = registered.map(({ inputs }) =>
      JSON.stringify(inputs, (_, value: unknown) => (isSecret(value) ? "secret" : value)),
    );
    assert.doesNotMatch(clear.join("\n"), /hunter2|hooks\.example\.org|receiver:8080/);
  });

  it("goes out to DNS and to the receivers' ports alone", async () => {
    await withReceivers(receivers);
    assert.deepEqual(egress(), [
      [53, 53],
      [443, 587, 8080],
    ]);

    await withReceivers({});
    assert.deepEqual(egress(), [[53, 53]]);
  });

  it("rolls when a receiver changes, by a mark that tells nothing about it", async () => {
    await withReceivers({ webhook: { url: "http://one" } });
    const first = revision();
    await withReceivers({ webhook: { url: "http://two" } });

    assert.match(first, /^[0-9a-f]{12}$/);
    assert.notEqual(revision(), first);
    const other = {
      receivers: { webhook: { url: "http://one" } },
      revisionKey: pulumi.secret("other"),
    };
    await monitoring(other);
    assert.notEqual(revision(), first);
  });
});
