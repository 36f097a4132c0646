import assert from "node:assert/strict";

import { cluster, eventually, inPod, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/** Where connections are opened from, and the targets that have to accept them. */
const allowed = {
  frontend: ["backend"],
  backend: ["database", "https"],
  database: [],
  stranger: ["frontend"],
} as const;

describe(`the pods' connections, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(60_000);

  const pods = async () => (await stack.core().listNamespacedPod({ namespace })).items;

  /** Name of a running pod. */
  async function podOf(component: string): Promise<string> {
    const pod = (await pods()).find(({ metadata }) =>
      component === "stranger"
        ? metadata?.name === component
        : metadata?.labels?.["app.kubernetes.io/component"] === component,
    );
    assert.equal(pod?.status?.phase, "Running", `${component} does not run`);
    return pod.metadata?.name ?? "";
  }

  let targets: Readonly<Record<string, readonly [host: string, port: number]>>;

  before(async () => {
    await stack.running();
    const image = (await pods())
      .flatMap(({ spec }) => spec?.containers ?? [])
      .find(({ name }) => name === "backend")?.image;
    await stack.core().createNamespacedPod({ namespace, body: stranger(image ?? "") });
    await eventually(30, () => podOf("stranger"));
    const { status } = await stack.core().readNamespacedPod({ namespace, name: "stranger" });
    const outside = status?.podIP ?? "";
    targets = {
      frontend: ["frontend-service", 80],
      backend: ["backend-service", 80],
      database: ["database-service", 5432],
      prometheus: ["prometheus-service", 9090],
      alertmanager: ["alertmanager-service", 9093],
      https: [outside, 443],
      elsewhere: [outside, 8443],
    };
  });

  after(async () => {
    const pod = { namespace, name: "stranger", gracePeriodSeconds: 0 };
    await stack.core().deleteNamespacedPod(pod);
  });

  for (const [source, expected] of Object.entries(allowed)) {
    it(`from ${source} reach ${expected.join(" and ") || "nothing"}, and nothing else`, async () => {
      const { config } = cluster(stack.context);
      const pod = await podOf(source);
      // A Service may route a pod to itself, which no policy can forbid.
      const itself = source === "stranger" ? ["https", "elsewhere"] : [source];
      const others = Object.entries(targets).filter(([target]) => !itself.includes(target));
      const open = await Promise.all(
        others.map(async ([target, [host, port]]) => {
          const answer = await inPod(config, pod, connectFrom(source, host, port));
          return answer.endsWith("open") ? [target] : [];
        }),
      );
      assert.deepEqual(open.flat(), expected);
    });
  }
});

/** A command that prints `open` if a connection is established within two seconds. */
function connectFrom(source: string, host: string, port: number): string[] {
  // Postgres' image has no Node.
  if (source === "database") {
    return ["timeout", "2", "bash", "-c", `echo > /dev/tcp/${host}/${port} && echo open`];
  }
  const script = `const s = require("net").connect(${port}, "${host}", () => end("open"));
    const end = (said) => { console.log(said); process.exit(); };
    s.on("error", () => end("refused")); setTimeout(() => end("shut"), 2000);`;
  return ["node", "-e", script];
}

/** A pod that belongs to no release, and listens as a server outside would. */
function stranger(image: string) {
  return {
    metadata: { name: "stranger" },
    spec: {
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: "RuntimeDefault" },
        sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
      },
      containers: [
        {
          name: "stranger",
          image,
          command: [
            "node",
            "-e",
            "for (const port of [443, 8443]) require('net').createServer().listen(port)",
          ],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
}
