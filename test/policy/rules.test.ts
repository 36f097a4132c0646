import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { check } from "../../policy/check.ts";
import { rules } from "../../policy/rules.ts";
import { committedStacks } from "../../cli/stacks.ts";
import { project } from "../../lib/project.ts";
import type { Breakable } from "./content.ts";
import { add, remove, set, shipped } from "./content.ts";
import { skipWithout } from "../required-tools.ts";

const backend = "Deployment/backend-deployment";
const database = "Deployment/database-deployment";
const prometheus = "Deployment/prometheus-deployment";
const release = "kubernetes:helm.sh/v3:Release release";
const pod = "spec.template.spec";
const container = `${pod}.containers.0`;
const own = "container backend";

/** The rule that a fixture breaks, how, and the message that names it. */
type Fixture = readonly [
  rule: string,
  breakIt: (content: Breakable) => void,
  subject: string,
  message: string,
];

/** A fixture that sets one place of what it is about. */
const at = (
  rule: string,
  subject: string,
  path: string,
  value: unknown,
  message: string,
): Fixture => [rule, (content) => set(content, subject, path, value), subject, message];

const onPod = (rule: string, path: string, value: unknown, message: string) =>
  at(rule, backend, path === "" ? pod : `${pod}.${path}`, value, message);

const onContainer = (rule: string, path: string, value: unknown, message: string) =>
  at(rule, backend, `${container}.${path}`, value, `${own} ${message}`);

const fixtures: readonly Fixture[] = [
  ...(["hostNetwork", "hostPID", "hostIPC"] as const).map((field) =>
    onPod(
      "restricted-pods",
      field,
      true,
      `sets ${field}, which shares a namespace of the node. Remove it.`,
    ),
  ),
  onPod(
    "restricted-pods",
    "volumes",
    [{ name: "tmp", hostPath: { path: "/tmp" } }],
    "has a volume tmp of type hostPath; it must be one of configMap, csi, downwardAPI, emptyDir, ephemeral, persistentVolumeClaim, projected, secret.",
  ),
  onPod(
    "restricted-pods",
    "securityContext.sysctls",
    [{ name: "kernel.msgmax", value: "65536" }],
    "sets the sysctl kernel.msgmax, which affects more than the pod. Remove it.",
  ),
  onPod(
    "restricted-pods",
    "securityContext.runAsNonRoot",
    undefined,
    `${own} may run as root. Set runAsNonRoot: true.`,
  ),
  onContainer("restricted-pods", "securityContext.runAsUser", 0, "runs as user 0, which is root."),
  onPod(
    "restricted-pods",
    "securityContext.seccompProfile",
    undefined,
    `${own} has the seccomp profile of the node, which may be unconfined; it must be RuntimeDefault or Localhost.`,
  ),
  onContainer(
    "restricted-pods",
    "securityContext.seccompProfile",
    { type: "Unconfined" },
    "has the seccomp profile Unconfined; it must be RuntimeDefault or Localhost.",
  ),
  onContainer(
    "restricted-pods",
    "securityContext.allowPrivilegeEscalation",
    undefined,
    "may gain privileges. Set allowPrivilegeEscalation: false.",
  ),
  onContainer("restricted-pods", "securityContext.privileged", true, "is privileged. Remove it."),
  onContainer(
    "restricted-pods",
    "securityContext.capabilities.drop",
    ["NET_RAW"],
    "keeps capabilities. Set capabilities.drop: [ALL].",
  ),
  onContainer(
    "restricted-pods",
    "securityContext.capabilities.add",
    ["NET_BIND_SERVICE", "SYS_ADMIN"],
    "adds the capabilities SYS_ADMIN; only NET_BIND_SERVICE may be added.",
  ),
  onContainer(
    "restricted-pods",
    "securityContext.procMount",
    "Unmasked",
    "unmasks /proc. Remove procMount.",
  ),
  onPod(
    "restricted-pods",
    "securityContext.appArmorProfile",
    { type: "Unconfined" },
    `${own} switches AppArmor off. Remove appArmorProfile.`,
  ),
  onPod(
    "restricted-pods",
    "securityContext.seLinuxOptions",
    { user: "system_u" },
    `${own} chooses an SELinux user or role. Remove it.`,
  ),
  onContainer(
    "restricted-pods",
    "ports.0.hostPort",
    8000,
    "takes port 8000 of the node. Use a Service.",
  ),
  onContainer(
    "restricted-pods",
    "livenessProbe.httpGet.host",
    "example.org",
    "has a livenessProbe for the host example.org; it must probe the pod itself.",
  ),
  onPod(
    "numeric-user",
    "securityContext.runAsUser",
    undefined,
    `${own} has no runAsUser: with an image whose user is not numeric, it would not start. Set a number above 0.`,
  ),
  onContainer(
    "read-only-root",
    "securityContext.readOnlyRootFilesystem",
    false,
    "has a writable root file system. Set readOnlyRootFilesystem: true, and mount a volume where it writes.",
  ),
  onContainer(
    "limits-and-requests",
    "resources.limits.memory",
    undefined,
    "has no limit on memory. Set resources.limits.memory.",
  ),
  onContainer(
    "limits-and-requests",
    "resources.requests.cpu",
    undefined,
    "has no request for cpu. Set resources.requests.cpu.",
  ),
  onContainer(
    "limits-and-requests",
    "resources.requests.memory",
    "1Gi",
    "requests 1Gi of memory, above its limit 192Mi.",
  ),
  onContainer(
    "limits-and-requests",
    "resources.requests.cpu",
    "1100m",
    "requests 1100m of cpu, above its limit 1000m.",
  ),
  onPod(
    "bounded-volumes",
    "volumes.0.emptyDir.sizeLimit",
    undefined,
    "has an emptyDir tmp without a size limit. Set sizeLimit.",
  ),
  ...(["startupProbe", "readinessProbe", "livenessProbe"] as const).map((probe) =>
    onContainer("probes", probe, undefined, `has no ${probe}. Add one.`),
  ),
  onContainer(
    "probes",
    "livenessProbe.httpGet.path",
    "/readyz",
    "has the same path, /readyz, for its readiness and liveness probes: it would be restarted when a dependency is unavailable. Use another path for liveness.",
  ),
  onPod(
    "no-service-links",
    "enableServiceLinks",
    undefined,
    "gets variables for every Service, which may override its settings. Set enableServiceLinks: false.",
  ),
  onContainer(
    "no-moving-tags",
    "image",
    "todo-chatbot-backend",
    "runs todo-chatbot-backend, which has no tag, which means latest: pods would not roll when it changes. Use a tag derived from its content, or a digest.",
  ),
  onContainer(
    "no-moving-tags",
    "image",
    "todo-chatbot-backend:latest",
    "runs todo-chatbot-backend:latest, which has the tag latest: pods would not roll when it changes. Use a tag derived from its content, or a digest.",
  ),
  at(
    "no-moving-tags",
    "docker:index/image:Image images-backend",
    "inputs.imageName",
    "todo-chatbot-backend:main",
    "builds todo-chatbot-backend:main, which has the tag main. Tag it by its content.",
  ),
  onContainer(
    "allowed-registries",
    "image",
    "quay.io/someone/backend:1.2.3",
    "runs quay.io/someone/backend:1.2.3; allowed prefixes are docker.io/library/todo-chatbot-, docker.io/library/postgres, docker.io/prom/. Use an image from there, or add its registry to allowed-registries in the policy config.",
  ),
  onContainer(
    "no-plain-secret-in-env",
    "env",
    [{ name: "JWT_SECRET_KEY", value: "hunter2" }],
    "has JWT_SECRET_KEY as plain text in its environment. Read it from a Secret with valueFrom.secretKeyRef.",
  ),
  onContainer(
    "no-plain-secret-in-env",
    "env",
    [{ name: "UPSTREAM", value: "https://me:hunter2@example.org/" }],
    "has a URL with a password in its variable UPSTREAM. Read it from a Secret with valueFrom.secretKeyRef.",
  ),
  onContainer(
    "no-plain-secret-in-env",
    "args",
    ["--key", `sk-${"a1".repeat(10)}`],
    "has an API key on its command line. Read it from a Secret, as a variable or a file.",
  ),
  at(
    "no-plain-secret-in-config",
    "ConfigMap/app-config",
    "data.SMTP_PASSWORD",
    "hunter2",
    "data.SMTP_PASSWORD holds SMTP_PASSWORD as plain text. Put it into a Secret, and pass the Secret's name.",
  ),
  at(
    "no-plain-secret-in-config",
    release,
    "inputs.values.apiKeys",
    { openaiApiKey: "hunter2" },
    "values.apiKeys.openaiApiKey holds openaiApiKey as plain text. Put it into a Secret, and pass the Secret's name.",
  ),
  at(
    "no-plain-secret-in-config",
    "docker:index/image:Image images-backend",
    "inputs.build.args.NPM_TOKEN",
    "hunter2",
    "build.args.NPM_TOKEN holds NPM_TOKEN as plain text. Put it into a Secret, and pass the Secret's name.",
  ),
  [
    "no-secret-outside-secrets",
    (content) => {
      const { stringData } = content.objects.find(
        ({ metadata }) => metadata.name === "db-credentials",
      ) as unknown as { stringData: Record<string, string> };
      const password = Buffer.from(stringData["POSTGRES_PASSWORD"] ?? "").toString("base64");
      set(content, "ConfigMap/app-config", "data.NOTE", `it is ${password}`);
    },
    "ConfigMap/app-config",
    "data.NOTE holds the value of a secret. Pass the name of the Secret instead.",
  ],
  [
    "no-secret-outside-secrets",
    (content) => {
      set(content, release, "secrets", ["marked by Pulumi"]);
      set(content, release, "inputs.values.config.NOTE", "marked by Pulumi");
    },
    release,
    "values.config.NOTE holds the value of a secret. Pass the name of the Secret instead.",
  ],
  at(
    "explicit-provider",
    "kubernetes:core/v1:Namespace cluster-namespace",
    "provider",
    "",
    "has no explicit provider, so it would be created in the kubeconfig's current context. Set its provider to the cluster's.",
  ),
  ...["context", "clusterIdentifier"].map((input) =>
    at(
      "explicit-provider",
      "pulumi:providers:kubernetes cluster-provider",
      `inputs.${input}`,
      undefined,
      `has no ${input}, so it could point at another cluster tomorrow. Set it.`,
    ),
  ),
  at(
    "named-namespace",
    "ConfigMap/app-config",
    "metadata.namespace",
    undefined,
    "is in no explicit namespace. Set metadata.namespace.",
  ),
  at(
    "named-namespace",
    "ConfigMap/app-config",
    "metadata.namespace",
    "default",
    "is in the namespace default. Set metadata.namespace.",
  ),
  at(
    "restricted-namespace",
    "Namespace/todo-chatbot-namespace",
    "metadata.labels.pod-security~kubernetes~io/enforce",
    "baseline",
    "has the label pod-security.kubernetes.io/enforce: baseline; it must be restricted.",
  ),
  [
    "no-node-port",
    (content) => {
      content.cluster = "remote/production";
      for (const name of [
        "kubernetes:core/v1:Namespace cluster-namespace",
        "kubernetes:core/v1:PersistentVolumeClaim data-claim",
        "kubernetes:core/v1:PersistentVolumeClaim backups-claim",
      ]) {
        set(content, name, "protect", true);
      }
    },
    "Service/frontend-service",
    "opens a port on every node of remote/production. Set network.exposure to loadBalancer, ingress or gateway, or network.allowNodePort to true.",
  ],
  at(
    "no-node-port",
    "Service/backend-service",
    "spec.externalIPs",
    ["203.0.113.7"],
    "has externalIPs, which can intercept traffic for other addresses. Remove them.",
  ),
  at(
    "least-privilege",
    "Role/prometheus",
    "rules",
    [{ apiGroups: [""], resources: ["pods"], verbs: ["*"] }],
    'has a wildcard: {"apiGroups":[""],"resources":["pods"],"verbs":["*"]}. List the API groups, resources and verbs.',
  ),
  at(
    "least-privilege",
    "Role/prometheus",
    "rules",
    [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
    "allows access to Secrets. Mount the required Secret instead.",
  ),
  at(
    "least-privilege",
    "Role/prometheus",
    "rules",
    [{ apiGroups: [""], resources: ["serviceaccounts"], verbs: ["impersonate"] }],
    "allows impersonate, which allows privilege escalation. Remove it.",
  ),
  at(
    "least-privilege",
    "RoleBinding/prometheus",
    "roleRef.name",
    "admin",
    "binds admin. Create a Role with only the required permissions.",
  ),
  [
    "least-privilege",
    (content) =>
      add(content, "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", {
        roleRef: { kind: "ClusterRole", name: "view" },
      }),
    "ClusterRoleBinding/added",
    "binds a role cluster-wide. Use a RoleBinding.",
  ],
  // Through the proxy of a node's API one may run commands in its pods.
  ...[
    { apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] },
    { apiGroups: [""], resources: ["nodes/metrics", "pods"], verbs: ["get"] },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "patch"] },
    { nonResourceURLs: ["/metrics"], verbs: ["get"] },
  ].map((rule): Fixture => [
    "least-privilege",
    (content) => set(content, "ClusterRole/todo-chatbot-namespace-prometheus", "rules", [rule]),
    "ClusterRoleBinding/todo-chatbot-namespace-prometheus",
    "binds a role cluster-wide. Use a RoleBinding.",
  ]),
  onPod(
    "no-service-account-token",
    "automountServiceAccountToken",
    undefined,
    "mounts the token of ServiceAccount default, which has no role. Set automountServiceAccountToken: false.",
  ),
  [
    "no-service-account-token",
    (content) => {
      remove(content, "RoleBinding/prometheus");
      remove(content, "ClusterRoleBinding/todo-chatbot-namespace-prometheus");
    },
    prometheus,
    "mounts the token of ServiceAccount prometheus, which has no role. Set automountServiceAccountToken: false.",
  ],
  at(
    "no-service-account-token",
    "ServiceAccount/prometheus",
    "automountServiceAccountToken",
    undefined,
    "mounts its token into every pod. Set automountServiceAccountToken: false, and true in the pod that needs it.",
  ),
  [
    "network-policies",
    (content) => remove(content, "NetworkPolicy/prometheus"),
    prometheus,
    "has pods that no NetworkPolicy selects for Ingress. Set network.policies: true, or add one.",
  ],
  at(
    "rolling-updates",
    backend,
    "spec.strategy.rollingUpdate.maxUnavailable",
    "25%",
    'stops pods before new ones are ready: strategy is {"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":1}}. Set rollingUpdate.maxUnavailable: 0.',
  ),
  at(
    "rolling-updates",
    database,
    "spec.replicas",
    2,
    'stops pods before new ones are ready: strategy is {"type":"Recreate"}. Set rollingUpdate.maxUnavailable: 0.',
  ),
  [
    "rolling-updates",
    (content) =>
      add(content, "autoscaling/v2", "HorizontalPodAutoscaler", {
        spec: { scaleTargetRef: { kind: "Deployment", name: "backend-deployment" } },
      }),
    backend,
    "sets replicas: 2, which conflicts with its autoscaler at each update. Remove it.",
  ],
  [
    "rolling-updates",
    (content) => remove(content, "PodDisruptionBudget/backend-budget"),
    backend,
    "has no PodDisruptionBudget: draining a node may stop all of its pods. Add one.",
  ],
  ...["atomic", "cleanupOnFail"].map((input) =>
    at(
      "atomic-release",
      release,
      `inputs.${input}`,
      false,
      `does not set ${input}: a failed update would not be rolled back. Set ${input}: true.`,
    ),
  ),
  at(
    "atomic-release",
    release,
    "inputs.skipAwait",
    true,
    "sets skipAwait, which hides failures. Remove it.",
  ),
  at(
    "atomic-release",
    release,
    "inputs.maxHistory",
    undefined,
    "has maxHistory undefined; it must be 1 to 10, so that old revisions don't accumulate.",
  ),
  at(
    "atomic-release",
    release,
    "inputs.timeout",
    3600,
    "has timeout 3600; it must be 1 to 900 seconds, because Pulumi's default does not fit a rollout.",
  ),
  at(
    "chart-by-content",
    release,
    "inputs.chart",
    "/home/someone/chart",
    "has the chart /home/someone/chart; it must be a relative path, the same on every machine.",
  ),
  at(
    "chart-by-content",
    release,
    "inputs.values.chartHash",
    undefined,
    "has no chartHash among its values: an edited template would not roll out. Set it with chartHash() from components/release/chart-hash.ts.",
  ),
  [
    "kept-data",
    (content) => {
      content.cluster = "remote/production";
      set(content, "kubernetes:core/v1:Namespace cluster-namespace", "protect", true);
      set(content, "Service/frontend-service", "spec.type", "LoadBalancer");
    },
    "kubernetes:core/v1:PersistentVolumeClaim data-claim",
    "is not protected, so destroy would delete the data. Set storage.protect: true.",
  ],
];

const stacks = await committedStacks();

describe("The policies", function () {
  before(async function () {
    await skipWithout(this, "helm");
  });

  for (const stack of stacks) {
    it(`hold for stack ${stack} as it is shipped`, async () => {
      const content = await shipped(stack);

      assert.ok(content.objects.length > 25, "hardly anything was rendered");
      assert.deepEqual(check(content), []);
    });
  }

  for (const { name } of rules) {
    it(`have a fixture that breaks ${name}`, () => {
      assert.ok(fixtures.some(([rule]) => rule === name));
    });
  }

  for (const [rule, breakIt, subject, message] of fixtures) {
    it(`${rule}: ${subject} ${message}`, async () => {
      const content = await shipped("dev");
      breakIt(content);

      const violations = check(content);

      assert.deepEqual(violations[0], { rule, subject, message });
      // A change may break several places of one rule, but no other rule.
      assert.deepEqual([...new Set(violations.map((each) => each.rule))], [rule]);
    });
  }

  it("look at the initial containers too, and ask probes only of sidecars with a port", async () => {
    const content = await shipped("dev");
    const { image, resources, securityContext } = {
      image: "postgres:17",
      resources: {
        requests: { cpu: "1", memory: "1Ki" },
        limits: { cpu: "1", memory: "1Ki" },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      },
    };
    const initial = { name: "setup", image, resources, securityContext };
    set(content, backend, `${pod}.initContainers`, [
      initial,
      { ...initial, name: "mute", restartPolicy: "Always" },
      { ...initial, name: "sidecar", restartPolicy: "Always", ports: [{ containerPort: 9000 }] },
    ]);

    assert.deepEqual(
      check(content).map((each) => `${each.rule}: ${each.message.split(".")[0] ?? ""}`),
      [
        "read-only-root: container setup has a writable root file system",
        "read-only-root: container mute has a writable root file system",
        "read-only-root: container sidecar has a writable root file system",
        "probes: container sidecar has no startupProbe",
        "probes: container sidecar has no readinessProbe",
        "probes: container sidecar has no livenessProbe",
      ],
    );
  });

  it("accept the name of a Secret among the release's values", async () => {
    const content = await shipped("dev");
    set(content, release, "inputs.values.proxy", { existingSecret: "proxy-secret" });

    assert.deepEqual(check(content), []);
  });

  it("allow the images that the program builds, in any registry", async () => {
    const content = await shipped("dev");
    const image = "registry.example.org:5000/team/todo-chatbot-backend:1a2b3c";
    set(content, backend, `${container}.image`, image);
    assert.deepEqual(
      check(content).map(({ rule }) => rule),
      ["allowed-registries"],
    );

    set(content, "docker:index/image:Image images-backend", "inputs.imageName", image);
    assert.deepEqual(check(content), []);
  });

  it("know the images that are built for several platforms", async () => {
    const content = await shipped("dev");
    const delivery = "pulumi-nodejs:dynamic/index:ImageDelivery images-backend-delivery";
    const image = "registry.example.org:5000/team/todo-chatbot-backend:main";
    set(content, backend, `${container}.image`, `${image}@sha256:${"0a".repeat(32)}`);
    set(content, delivery, "inputs.image", image);
    set(content, delivery, "inputs.build", {
      platforms: ["linux/amd64", "linux/arm64"],
      context: "./images/backend",
      args: { NPM_TOKEN: "hunter2" },
    });

    assert.deepEqual(
      check(content).map(({ rule }) => rule),
      ["no-moving-tags", "no-plain-secret-in-config"],
    );
  });

  it("take a rule's settings over its defaults", async () => {
    const content = await shipped("dev");
    set(content, backend, `${container}.image`, "quay.io/someone/backend:1.2.3");
    const registries = ["quay.io/someone/", "docker.io/"];

    assert.deepEqual(check(content, { "allowed-registries": { registries } }), []);
    assert.equal(check(content, { "atomic-release": { maxHistory: 4 } }).length, 2);
    assert.deepEqual(
      check(content, { "allowed-registries": { enforcementLevel: "disabled" } }),
      [],
    );
  });

  it("are all listed in their README, and no other", () => {
    const readme = readFileSync(join(project, "policy", "README.md"), "utf8");
    const rows = [...readme.matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm)].map(
      ([, ...cells]) => cells,
    );

    assert.deepEqual(
      rows,
      rules.map(({ name, description }) => [name, description]),
    );
  });
});
