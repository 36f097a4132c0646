import assert from "node:assert/strict";

import type { Manifest, Values } from "./helm.ts";
import { at, bundled, external, merge, pick, render } from "./helm.ts";
import { describeWith } from "./tools.ts";

const on = (mode: string, ...values: readonly Values[]) =>
  render(merge(bundled, { mesh: { mode }, backup: { enabled: true } }, ...values));

/** Metadata and spec of every pod, by its component. */
function podsOf(manifests: readonly Manifest[]) {
  const deployments = ["frontend", "backend", "database"].flatMap((component) =>
    manifests.some(({ metadata }) => metadata.name === `${component}-deployment`)
      ? [
          [
            component,
            pick(manifests, "Deployment", `${component}-deployment`).spec!.template,
          ] as const,
        ]
      : [],
  );
  return Object.fromEntries([
    ...deployments,
    ["backup", pick(manifests, "CronJob", "backup").spec.jobTemplate.spec!.template] as const,
    ["test", pick(manifests, "Pod", "smoke-test")] as const,
  ]);
}

/** Objects of the meshes' own kinds. */
const ofMesh = (manifests: readonly Manifest[]) =>
  manifests.filter(({ apiVersion }) => /istio\.io|linkerd\.io/.test(apiVersion));

describeWith(["helm"], "a mesh", () => {
  for (const [mode, label, annotation] of [
    ["istio", ["sidecar.istio.io/inject", "true"], ["sidecar.istio.io/nativeSidecar", "true"]],
    ["istio-ambient", ["istio.io/dataplane-mode", "ambient"], undefined],
    ["linkerd", undefined, ["config.beta.linkerd.io/proxy-enable-native-sidecar", "true"]],
  ] as const) {
    it(`${mode} takes in every pod, those of Jobs with sidecars that end with them`, () => {
      for (const [component, { metadata }] of Object.entries(podsOf(on(mode)))) {
        if (label) assert.equal(metadata?.labels?.[label[0]], label[1], component);
        if (annotation)
          assert.equal(metadata?.annotations?.[annotation[0]], annotation[1], component);
      }
    });

    it(`${mode} knows each component by a ServiceAccount of its own`, () => {
      const manifests = on(mode);
      for (const [component, { spec }] of Object.entries(podsOf(manifests))) {
        assert.equal(spec?.serviceAccountName, component);
        // A Deployment keeps its account by this field, unless the manifest has had it too.
        assert.equal(spec.serviceAccount, component);
        const account = manifests.find(
          ({ kind, metadata }) => kind === "ServiceAccount" && metadata.name === component,
        );
        assert.equal(
          (account as { automountServiceAccountToken?: boolean } | undefined)
            ?.automountServiceAccountToken,
          false,
        );
      }
      const shared = on(mode, at("serviceAccount.name", "other"));
      assert.deepEqual(
        [...new Set(Object.values(podsOf(shared)).map(({ spec }) => spec?.serviceAccountName))],
        ["other"],
      );
      assert.ok(!shared.some(({ kind }) => kind === "ServiceAccount"));
    });
  }

  it("makes no objects of its own without mutual TLS, but linkerd's open Servers", () => {
    for (const mode of ["none", "istio", "istio-ambient"]) {
      assert.deepEqual(ofMesh(on(mode)), []);
    }
    // To be there before, and after, they are closed.
    const all = ofMesh(on("linkerd"));
    const open = all.filter(isServer);
    const closed = ofMesh(on("linkerd", at("mesh.mutualTls", "strict"))).filter(isServer);
    const nameOf = ({ metadata }: Server) => metadata.name;
    assert.equal(open.length, all.length);
    assert.deepEqual(open.map(nameOf), closed.map(nameOf));
    assert.ok(open.every(({ spec }) => spec.accessPolicy === "all-unauthenticated"));
    assert.ok(!on("none").some(({ kind }) => kind === "ServiceAccount"));
  });

  it("leaves requests for the web UI alone, unless a proxy in front forwards the addresses", () => {
    const skipped = (mode: string, values: Values = {}) => {
      const { frontend, backend } = podsOf(on(mode, values));
      const annotations = [
        "config.linkerd.io/skip-inbound-ports",
        "traffic.sidecar.istio.io/excludeInboundPorts",
      ];
      const of = (pod: typeof frontend) =>
        annotations.map((each) => pod?.metadata?.annotations?.[each]).find(Boolean);
      assert.equal(of(backend), undefined);
      return of(frontend);
    };
    for (const mode of ["linkerd", "istio"]) {
      assert.equal(skipped(mode), "3000");
      assert.equal(skipped(mode, at("frontend.service.type", "LoadBalancer")), "3000");
      assert.equal(skipped(mode, at("frontend.service.type", "ClusterIP")), undefined);
      assert.equal(skipped(mode, at("ingress.enabled", true)), undefined);
    }
    assert.equal(skipped("istio-ambient"), undefined);
  });

  it("leaves an external database alone at a port that linkerd does not know", () => {
    const skipped = (port: number) =>
      Object.values(
        podsOf(
          render(
            merge(external, at("database.port", port), {
              mesh: { mode: "linkerd" },
              backup: { enabled: true },
            }),
          ),
        ),
      ).map(({ metadata }) => metadata?.annotations?.["config.linkerd.io/skip-outbound-ports"]);
    assert.deepEqual(skipped(6432), [undefined, "6432", "6432", undefined]);
    assert.deepEqual(skipped(5432), [undefined, undefined, undefined, undefined]);
  });

  it("does not keep apps from scaling by their CPU, though its sidecars have no request", () => {
    const counted = (mode: string, app: string) => {
      const autoscaling = { enabled: true, targetCPUUtilizationPercentage: 60 };
      const manifests = on(mode, at(`${app}.autoscaling`, autoscaling));
      return pick(manifests, "HorizontalPodAutoscaler", `${app}-autoscaler`).spec.metrics;
    };
    const target = { type: "Utilization", averageUtilization: 60 };
    for (const app of ["backend", "frontend"]) {
      const own = { name: "cpu", container: app, target };
      for (const mode of ["linkerd", "istio"]) {
        assert.deepEqual(counted(mode, app), [
          { type: "ContainerResource", containerResource: own },
        ]);
      }
      for (const mode of ["none", "istio-ambient"]) {
        assert.deepEqual(counted(mode, app), [
          { type: "Resource", resource: { name: "cpu", target } },
        ]);
      }
    }
  });

  it("lets the frontend balance the load itself where nothing else does", () => {
    const balances = (mode: string) =>
      on(mode).some(({ metadata }) => metadata.name === "backend-pods");
    assert.deepEqual(["istio-ambient", "istio", "linkerd"].map(balances), [true, false, false]);
  });
});

interface Server extends Manifest {
  readonly spec: { readonly port: string; readonly accessPolicy: string };
}

const isServer = (each: Manifest): each is Server => each.kind === "Server";

interface Authorization extends Manifest {
  readonly spec: { readonly requiredAuthenticationRefs: readonly { readonly name: string }[] };
}

interface Authentication extends Manifest {
  readonly spec: { readonly identityRefs: readonly { kind: string; name: string }[] };
}

describeWith(["helm"], "mutual TLS", () => {
  const strict = (mode: string, ...values: readonly Values[]) =>
    ofMesh(on(mode, at("mesh.mutualTls", "strict"), ...values));

  /** Who may connect to each port, as `frontend → backend/http`. */
  function authorized(manifests: readonly Manifest[]): string[] {
    const named = (kind: string, name: string) =>
      manifests.find((each) => each.kind === kind && each.metadata.name === name);
    return manifests
      .filter(isServer)
      .flatMap(({ metadata: { name, labels }, spec: { port, accessPolicy } }) => {
        const server = `${labels?.["app.kubernetes.io/component"]}/${port}`;
        if (accessPolicy !== "deny") return [`${accessPolicy} → ${server}`];
        const authorization = named("AuthorizationPolicy", name) as Authorization;
        const [reference] = authorization.spec.requiredAuthenticationRefs;
        return (
          named("MeshTLSAuthentication", reference!.name) as Authentication
        ).spec.identityRefs.map((identity) => `${identity.kind} ${identity.name} → ${server}`);
      });
  }

  it("is asked for by linkerd's identities, as by the NetworkPolicies", () => {
    assert.deepEqual(authorized(strict("linkerd")), [
      "all-unauthenticated → frontend/http",
      "ServiceAccount prometheus → frontend/metrics",
      "ServiceAccount frontend → backend/http",
      "ServiceAccount test → backend/http",
      "ServiceAccount prometheus → backend/http",
      "ServiceAccount backend → database/postgres",
      "ServiceAccount backup → database/postgres",
    ]);
  });

  it("lets an operator's Prometheus in by its namespace", () => {
    const prometheus = { namespace: "monitoring", podLabels: { app: "prometheus" } };
    const found = authorized(strict("linkerd", { networkPolicy: { prometheus } }));
    assert.deepEqual(
      found.filter((each) => each.startsWith("Namespace")),
      ["Namespace monitoring → frontend/metrics", "Namespace monitoring → backend/http"],
    );
  });

  it("knows one identity where all pods have the same ServiceAccount", () => {
    const found = authorized(strict("linkerd", at("serviceAccount.create", true)));
    assert.ok(found.includes("ServiceAccount todo-chatbot → database/postgres"));
    assert.equal(found.length, new Set(found).size);
  });

  for (const mode of ["istio", "istio-ambient"]) {
    it(`is asked for by ${mode} of every port but the web UI's`, () => {
      const found = strict(mode).map((each) => {
        const { kind, metadata, spec } = each as Manifest & { readonly spec: object };
        return { kind, name: metadata.name, spec };
      });
      const of = (component: string, more = {}) => ({
        kind: "PeerAuthentication",
        name: component,
        spec: {
          selector: {
            matchLabels: {
              "app.kubernetes.io/name": "todo-chatbot",
              "app.kubernetes.io/instance": "todo-chatbot",
              "app.kubernetes.io/component": component,
            },
          },
          mtls: { mode: "STRICT" },
          ...more,
        },
      });
      const open = { portLevelMtls: { "3000": { mode: "PERMISSIVE" } } };
      assert.deepEqual(found, [of("frontend", open), of("backend"), of("database")]);
    });
  }

  it("is asked of no database that is elsewhere", () => {
    const values = merge(external, { mesh: { mode: "linkerd", mutualTls: "strict" } });
    assert.ok(!authorized(ofMesh(render(values))).some((each) => each.includes("database")));
  });
});
