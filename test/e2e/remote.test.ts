import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { temporaryFolder } from "../../lib/temporary.ts";
import { Authority, tlsSecret } from "./certificates.ts";
import { Person } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { eventually } from "./project.ts";
import type { Ended } from "./project.ts";
import { RemoteCluster } from "./remote/cluster.ts";
import type { Controller } from "./remote/cluster.ts";
import { Load } from "./load.ts";
import { Registry, user } from "./remote/registry.ts";
import { RemoteStack, succeeded, unanswered } from "./remote/stack.ts";
import { Web } from "./remote/web.ts";
import { answeredBy, sharesSince } from "./shares.ts";
import { skip } from "../skip.ts";
import { inOrder, stack as localStack } from "./stack.ts";

describe("on a remote cluster of three nodes", function () {
  this.timeout(1_800_000);
  this.slow(120_000);
  inOrder();

  let cluster: RemoteCluster;
  let registry: Registry;
  let authority: Authority;
  let web: Web;
  let one: RemoteStack;
  let two: RemoteStack;
  /** The first start of the second stack, whose pull secret has a wrong password. */
  let mistaken: Promise<Ended> | undefined;
  /** Node of the Ingress controller, which has one pod only, and of the database. */
  let pinned: string;
  /** Node of the second stack's database, which is lost. */
  let lost: string;

  /** Everything that is removed at the end, in reverse order. */
  const made = new AsyncDisposableStack();

  before(async function () {
    if (process.env.TODO_E2E_CLUSTER === "minikube")
      skip(this, "its nodes are those of kind, so it runs with --on kind");
    await localStack.prepare();
    await testCluster.remove();
    cluster = made.use(await RemoteCluster.make());
    registry = made.use(await Registry.start());
    await registry.signIn();
    for (const node of await cluster.nodes()) await registry.trustedBy(node);
    await cluster.schedule();
    pinned = await cluster.nodeOfIngress();
    const workers = (await cluster.nodes()).filter((node) => !node.endsWith("control-plane"));
    lost = workers.find((node) => node !== pinned) ?? "";
    authority = made.use(await Authority.make("Test authority"));
    const ca = await readFile(authority.file, "utf8");
    web = made.use(new Web({ address: await cluster.address(), ca }));

    const postgres = process.env.TODO_IMAGE_POSTGRES;
    const project = localStack.project.with({
      ...registry.env,
      KUBECONFIG: cluster.kubeconfig,
      ...(postgres !== undefined && { TODO_IMAGE_POSTGRES: await registry.mirror(postgres) }),
    });
    one = new RemoteStack(project, "one");
    two = new RemoteStack(project, "two");
  });
  after(async () => {
    await mistaken?.catch(() => undefined);
    await made.disposeAsync();
  });

  async function needs(test: Mocha.Context, controller: Controller): Promise<void> {
    const reason = await cluster.lacks(controller);
    if (reason !== undefined) skip(test, reason);
  }

  const get = async (url: string) => {
    const { status, headers } = await web.fetch(url, { signal: AbortSignal.timeout(10_000) });
    return { status, headers };
  };

  /** Signs somebody up and sends two hundred requests; all have to succeed. */
  async function assertServes(url: string, how = web.fetch): Promise<void> {
    const person = new Person(url, how);
    await eventually(30, () => person.register());
    await person.ask("POST", "/api/tasks", { title: "buy milk" });
    const started = performance.now();
    for (let request = 0; request < 200; request += 1) {
      assert.deepEqual(await person.titles(), ["buy milk"]);
    }
    const each = (performance.now() - started) / 200;
    console.log(`      ${url}: 200 of 200 requests succeeded, ${each.toFixed(1)} ms each`);
  }

  it("gets a stack file, and changes nothing until somebody confirms", async () => {
    const of = (stack: RemoteStack) => [
      ...["--context", cluster.context, "--registry", `${registry.server}/${stack.name}`],
    ];
    await one.create(
      [...of(one), "--host", one.host],
      ["network.ingressClassName=traefik", ...autoscaling],
    );
    await two.create(of(two), ["backend.replicas=1", "frontend.replicas=1"]);
    await one.edit("database", { pods: { nodeSelector: { "kubernetes.io/hostname": pinned } } });
    await two.edit("database", { pods: { nodeSelector: { "kubernetes.io/hostname": lost } } });
    await one.pullAs(registry.server, user.name, user.password);
    await two.pullAs(registry.server, user.name, "a wrong password");

    unanswered(await one.npm("start"));
    assert.equal(await cluster.kubectl("get", "namespace", one.namespace).catch(() => ""), "");
  });

  it("pushes the images to a private registry, and pulls them by digest", async () => {
    const output = await one.deploy();
    assert.match(output, /Plan of stack one for the remote cluster e2e-remote/);
    assert.match(output, /does not resolve on this machine yet/);
    const pods = await cluster.podsOf(one.namespace);
    for (const { images, pullSecrets } of pods) {
      assert.deepEqual(pullSecrets, ["registry-credentials"]);
      for (const { image, imageID } of images) {
        const [, digest = "none"] = image.split("@");
        assert.match(digest, /^sha256:[0-9a-f]{64}$/);
        if (process.env.TODO_IMAGE_POSTGRES === undefined && !image.includes("todo-chatbot"))
          continue;
        assert.ok(image.startsWith(registry.server), image);
        assert.ok(imageID.endsWith(digest), `${image} runs as ${imageID}`);
      }
    }
    for (const part of ["backend", "frontend"]) {
      const nodes = pods.filter(({ name }) => name.startsWith(part)).map(({ node }) => node);
      assert.equal(new Set(nodes).size, 2, `${part} is on ${nodes.join()}`);
    }
    // Meanwhile, because it takes until the release times out.
    mistaken = two.start();
  });

  it("serves HTTP through an Ingress", async function () {
    await needs(this, "an Ingress controller");
    await assertServes(`http://${one.host}`);
  });

  it("serves HTTPS through an Ingress, with a certificate in a Secret", async function () {
    await needs(this, "an Ingress controller");
    const ingress = { exposure: "ingress", host: one.host, ingressClassName: "traefik" };
    await one.edit("network", { ...ingress, tlsSecretName: "todo-tls" });
    await cluster.apply(await certificate("todo-tls", one.namespace, one.host));
    assert.match(await one.deploy(), new RegExp(`is running: https://${one.host}`));

    await assertServes(`https://${one.host}`);
    await assertHandshake(one.host);
    await assert.rejects(
      new Web({ address: await cluster.address() }).fetch(`https://${one.host}`),
    );
  });

  async function certificate(name: string, namespace: string, host: string): Promise<object> {
    return tlsSecret(name, namespace, await authority.issue(host, [`DNS:${host}`]));
  }

  /** The server's certificate is the authority's, and browsers are kept to HTTPS. */
  async function assertHandshake(host: string): Promise<void> {
    const url = `https://${host}`;
    const { protocol, ...found } = await web.certificateOf(`${url}/`);
    // cert-manager leaves the subject out.
    const { subject = host } = found;
    const expected = { subject: host, names: `DNS:${host}`, issuer: "Test authority" };
    assert.deepEqual({ ...found, subject }, expected);
    // An Ingress or Gateway controller may send a request to a pod from before for a moment.
    const hsts = await eventually(30, async () => {
      const { status, headers } = await get(`${url}/`);
      const header = headers.get("strict-transport-security");
      assert.deepEqual([status, header], [200, "max-age=31536000"]);
      return header;
    });
    console.log(`      ${url}: ${protocol ?? ""}, ${JSON.stringify(found)}, HSTS ${hsts ?? ""}`);
  }

  it("serves HTTPS with a certificate that cert-manager issues", async function () {
    await needs(this, "an Ingress controller");
    await needs(this, "cert-manager");
    await cluster.apply(
      await authority.asSecret("test-authority", "cert-manager"),
      clusterIssuer("test-authority"),
    );
    await one.edit("network", {
      ...{ exposure: "ingress", host: one.host, ingressClassName: "traefik" },
      clusterIssuer: "test-authority",
    });
    await one.deploy();
    await cluster.kubectl(
      ...["--namespace", one.namespace, "wait", "certificate/frontend-tls"],
      ...["--for", "condition=Ready", "--timeout", "60s"],
    );
    await eventually(30, () => assertHandshake(one.host));
    await assertServes(`https://${one.host}`);
  });

  it("scales out and in under load, without a failed request", async function () {
    await needs(this, "metrics-server");
    await needs(this, "an Ingress controller");
    const replicas = () => cluster.readyBackends(one.namespace);
    await eventually(120, async () => assert.equal(await replicas(), 2));
    const load = await Load.start(`https://${one.host}`, web.fetch);
    load.read(5);
    const started = performance.now();
    const reached = async (wanted: number, seconds: number) => {
      await eventually(seconds, async () => assert.equal(await replicas(), wanted));
      const after = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`      ${wanted} backends after ${after} s`);
    };
    const rush = load.read(60);
    await reached(3, 180);
    // A frontend asks the DNS for new backends every few seconds.
    await sleep(5_000);
    const before = await answeredBy(cluster.config, one.namespace);
    await sleep(15_000);
    const shares = [
      ...sharesSince(before, await answeredBy(cluster.config, one.namespace)).values(),
    ];
    console.log(`      they answered ${shares.join(", ")} requests in 15 s`);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    assert.ok(shares.length === 3 && mean > 50);
    for (const share of shares) assert.ok(Math.abs(share - mean) <= mean * 0.25);
    await rush.stop();
    await reached(2, 240);
    await sleep(10_000);
    await load.end();
  });

  it("loses no request when a node is drained", async function () {
    await needs(this, "an Ingress controller");
    const pods = await cluster.podsOf(one.namespace);
    const node = pods.find(({ name, node }) => name.startsWith("backend") && node !== pinned)?.node;
    assert.ok(node, "all backends are on the node of the database");
    const load = await Load.start(`https://${one.host}`, web.fetch);
    load.read(20);
    await sleep(3_000);
    const started = performance.now();
    await cluster.drain(node);
    await eventually(60, async () => assert.equal(await cluster.readyBackends(one.namespace), 2));
    const took = ((performance.now() - started) / 1000).toFixed(0);
    await sleep(10_000);
    const moved = await cluster.podsOf(one.namespace);
    assert.ok(moved.every((pod) => pod.node !== node));
    console.log(`      ${node} was empty and its pods ready elsewhere after ${took} s`);
    await load.end();
    await cluster.kubectl("uncordon", node);
  });

  it("names a pull secret that the registry refuses", async () => {
    assert.ok(mistaken, "the second stack was not started");
    const { code, output, took } = await mistaken;
    console.log(`      it failed after ${took} s`);
    assert.equal(code, 1, output);
    assert.match(
      output,
      /Not ready: backend-deployment-\S+: container backend does not start \(\w+: .* 401 Unauthorized\)\. The registry refuses the credentials that the pods pull with: check images\.pullCredentials/,
    );
  });

  it("deploys a second stack as it was reviewed, behind a load balancer, and nothing else", async function () {
    await needs(this, "a load balancer");
    await two.pullAs(registry.server, user.name, user.password);
    await two.commitSettings();
    const review = await two.review();
    const pods = await cluster.podsOf(two.namespace);
    await two.edit("frontend", { replicas: 2 });
    const refused = await two.startReviewed(review);
    assert.equal(refused.code, 1, refused.output);
    const [refusal = ""] = /Nothing was changed\. Stack two is not what was reviewed.*/s.exec(
      refused.output,
    ) ?? [""];
    console.log(refusal.trim().replaceAll(/^/gm, "      "));
    assert.match(refusal, /^First difference: Deployment\/frontend-deployment in todo-two has/m);
    assert.doesNotMatch(refused.output, /Deploying|created|updated/);
    assert.deepEqual(await cluster.podsOf(two.namespace), pods);

    await two.edit("frontend", { replicas: 1 });
    const { output, took } = succeeded(await two.startReviewed(review));
    console.log(`      npm start -- --stack two --reviewed ${review.digest} took ${took} s`);
    const [, url = ""] = /is running: (http:\/\/[\d.]+)$/m.exec(output) ?? [];
    await assertServes(url, fetch);
  });

  it("serves HTTPS through a Gateway of another namespace, and redirects to it", async function () {
    await needs(this, "the Gateway API");
    await cluster.apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "gateways" } },
      await certificate("two-tls", "gateways", two.host),
      gateway,
    );
    await two.edit("network", {
      ...{ exposure: "gateway", host: two.host, https: true },
      ...{ gatewayName: "shared", gatewayNamespace: "gateways" },
      ...{ sectionName: "secure", redirectSectionName: "plain" },
    });
    assert.match(await two.deploy(), new RegExp(`is running: https://${two.host}`));

    await assertServes(`https://${two.host}`);
    await assertHandshake(two.host);
    const { status, headers } = await get(`http://${two.host}/tasks?all=1`);
    assert.deepEqual([status, headers.get("location")], [301, `https://${two.host}/tasks?all=1`]);
  });

  it("keeps the two stacks apart", async function () {
    await needs(this, "the Gateway API");
    const person = new Person(`https://${one.host}`, web.fetch);
    await person.register();
    const { email, password } = person;
    const elsewhere = new Person(`https://${two.host}`, web.fetch);
    const answer = await elsewhere.send("POST", "/api/auth/login", { email, password });
    assert.equal(answer.status, 401);
    for (const stack of [one, two]) succeeded(await stack.todo("drift"));
  });

  it("is backed up, and restored once somebody confirms", async function () {
    await needs(this, "an Ingress controller");
    const person = new Person(`https://${one.host}`, web.fetch);
    await person.register();
    await person.ask("POST", "/api/tasks", { title: "before" });
    const { output } = succeeded(await one.todo("db backup"));
    const [backup = "none"] = /todo-\w+\.dump/.exec(output) ?? [];
    await person.ask("POST", "/api/tasks", { title: "after" });

    unanswered(await one.todo("db restore", backup));
    assert.deepEqual(await person.titles(), ["after", "before"]);
    succeeded(await one.todo("db restore", backup, "--yes"));
    await eventually(30, async () => {
      assert.deepEqual(await person.titles(), ["before"]);
    });
  });

  it("shows drift, and fixes it once somebody confirms", async () => {
    await cluster.kubectl(
      ...["--namespace", one.namespace, "patch", "configmap", "app-config"],
      ...["--patch", '{"data":{"LOG_LEVEL":"debug"}}'],
    );
    const { code, output } = await one.todo("drift");
    assert.equal(code, 2, output);
    assert.match(output, /LOG_LEVEL: info → debug/);
    unanswered(await one.todo("drift", "--fix"));
    succeeded(await one.todo("drift", "--fix", "--yes"));
    succeeded(await one.todo("drift"));
  });

  it("shows the logs of the pods of all nodes", async () => {
    const { output } = succeeded(await one.todo("logs", "--since", "1h"));
    for (const part of ["backend", "frontend", "database"]) {
      assert.match(output, new RegExp(`^[\\d:.]+ ${part}`, "m"));
    }
  });

  it("is repaired after an update that was killed", async () => {
    await one.edit("frontend", { logLevel: "warn" });
    await one.edit("storage", { protect: false });
    const killed = await one.killed(/Release release updating/);
    assert.ok(killed.wasEnded, killed.output);
    const { output } = succeeded(await one.todo("repair"));
    assert.match(output, /Repaired\. Continue with: npm start -- --stack one/);
    await one.deploy();
    succeeded(await one.todo("drift"));
  });

  it("comes back from a file with one command after the database's node is gone", async function () {
    await needs(this, "the Gateway API");
    await using folder = await temporaryFolder();
    const person = new Person(`https://${two.host}`, web.fetch);
    await person.register();
    await person.ask("POST", "/api/tasks", { title: "buy milk" });
    const refused = await two.todo("db restore", "todo-20260101T000000Z.dump", "--lost-volume");
    assert.match(refused.output, /Not a terminal/);
    const none = await two.todo("db restore", "todo-20260101T000000Z.dump", ...sure);
    assert.match(none.output, /No PVC in todo-two in \S+ has lost its volume, or its node/);
    succeeded(await two.todo("db backup", "--to", folder.path));
    const [backup = ""] = (await readdir(folder.path)).filter((name) => name.endsWith(".dump"));

    await cluster.lose(lost);
    const { output: advice } = await two.doctor();
    assert.match(advice, new RegExp(`is on the disk of node ${lost}, which is gone`));
    await two.edit("database", { pods: { nodeSelector: { "kubernetes.io/hostname": pinned } } });
    const file = join(folder.path, backup);
    const { output, took } = succeeded(await two.todo("db restore", file, ...sure));
    assert.match(output, /Deleting PVC todo-chatbot-data/);
    console.log(`      back ${took} s after the command`);
    await eventually(60, async () => {
      await person.signIn();
      assert.deepEqual(await person.titles(), ["buy milk"]);
    });
    succeeded(await two.todo("drift"));
  });

  it("is taken down once somebody confirms, and leaves the other stack", async function () {
    unanswered(await two.npm("down"));
    const { output } = succeeded(await two.npm("down", "--yes"));
    assert.match(output, /Kept, because storage\.protect is on/);
    assert.deepEqual(await cluster.podsOf(two.namespace), []);
    succeeded(await one.todo("drift"));
    if ((await cluster.lacks("an Ingress controller")) === undefined) {
      await assertServes(`https://${one.host}`);
    }
    succeeded(await one.npm("down", "--yes"));
    assert.equal(await cluster.kubectl("get", "namespace", one.namespace).catch(() => ""), "");
  });
});

/** Options of a restore after a volume was lost. */
const sure = ["--lost-volume", "--yes"];

/** A small machine reaches it with a few dozen requests per second. */
const autoscaling = [
  ...["enabled=true", "minReplicas=2", "maxReplicas=3"],
  ...["targetCPUUtilizationPercentage=50", "scaleDownStabilizationWindowSeconds=15"],
].map((setting) => `backend.autoscaling.${setting}`);

/** Signs with an authority's key, which is in a Secret of that name. */
const clusterIssuer = (name: string) => ({
  ...{ apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer" },
  metadata: { name },
  spec: { ca: { secretName: name } },
});

/** For all stacks; with the ports of Traefik's entry points. */
const gateway = {
  ...{ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" },
  metadata: { name: "shared", namespace: "gateways" },
  spec: {
    gatewayClassName: "traefik",
    listeners: [
      { name: "plain", port: 8000, protocol: "HTTP" },
      {
        ...{ name: "secure", port: 8443, protocol: "HTTPS" },
        tls: { mode: "Terminate", certificateRefs: [{ name: "two-tls" }] },
      },
    ].map((listener) => ({ ...listener, allowedRoutes: { namespaces: { from: "All" } } })),
  },
};
