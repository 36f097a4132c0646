import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Values } from "./helm.ts";
import { at, bundled, chart, existing, external, merge, refusal } from "./helm.ts";
import { describeWith } from "./tools.ts";

/** Values that contradict each other, and a part of the message about it. */
const cases: readonly (readonly [title: string, values: Values, message: string])[] = [
  [
    "an address for the bundled database",
    merge(bundled, at("database.url", "postgres://a:b@c/d")),
    "database.url is for an external database, but database.mode is bundled: leave it out",
  ],
  [
    "mutual TLS without a mesh",
    merge(bundled, at("mesh.mutualTls", "strict")),
    "mesh.mutualTls is strict, but mesh.mode is none: set mesh.mode, or mesh.mutualTls=permissive",
  ],
  [
    "a port for the bundled database",
    merge(bundled, at("database.port", 5433)),
    "database.port is for an external database, but database.mode is bundled: leave it out",
  ],
  [
    "an authority for the bundled database",
    merge(bundled, at("database.caCertificate", "-----BEGIN CERTIFICATE-----")),
    "database.caCertificate is for an external database, but database.mode is bundled: leave it out",
  ],
  [
    "the bundled database beside itself",
    merge(bundled, at("database.keepBundled", true)),
    "database.keepBundled is for an external database, but database.mode is bundled: leave it out",
  ],
  [
    "two authorities of a database",
    merge(external, { database: { caSecret: "ca", caCertificate: "-----BEGIN CERTIFICATE-----" } }),
    "database.caCertificate and database.caSecret are both set: leave one of them out",
  ],
  [
    "an authority's Secret for the bundled database",
    merge(bundled, at("database.caSecret", "ca")),
    "database.caSecret is for an external database, but database.mode is bundled: leave it out",
  ],
  [
    "a bundled database without a password beside an external one",
    merge(external, at("database.keepBundled", true)),
    "database.bundled.password is empty: set it",
  ],
  [
    "an address that is not Postgres's",
    merge(external, at("database.url", "mysql://a:hidden@c/d")),
    "database.url does not begin with postgres:// or postgresql://",
  ],
  [
    "a password for an external database",
    merge(external, at("database.bundled.password", "hidden")),
    "database.bundled.password is set, but database.mode is external: leave it out",
  ],
  [
    "a claim for an external database",
    merge(external, at("database.bundled.existingClaim", "data")),
    "database.bundled.existingClaim is set, but database.mode is external: leave it out",
  ],
  [
    "no external database",
    merge(external, at("database.url", "")),
    "database.url is empty: set it to the connection string, set database.mode=bundled",
  ],
  [
    "no password for the bundled database",
    merge(bundled, at("database.bundled.password", "")),
    "database.bundled.password is empty: set it (openssl rand -hex 24 generates one)",
  ],
  [
    "a short signing key",
    merge(bundled, at("apiKeys.jwtSecretKey", "hidden")),
    "apiKeys.jwtSecretKey has 6 characters and needs 32: set a longer one",
  ],
  [
    "a name for a Secret that the chart makes",
    merge(bundled, at("secrets.names.auth", "other")),
    "secrets.names.auth is for a Secret that exists already, but secrets.create is true",
  ],
  [
    "the content of a Secret that exists already",
    merge(existing, at("apiKeys.openaiApiKey", "hidden")),
    "apiKeys.openaiApiKey is set, but secrets.create is false",
  ],
  [
    "a node port without a Service that has one",
    merge(existing, at("backend.service.nodePort", 30001)),
    "backend.service.nodePort is 30001, but a ClusterIP Service has no port on nodes",
  ],
  [
    "the same node port twice",
    merge(
      existing,
      at("backend.service", { type: "NodePort", nodePort: 30080 }),
      at("frontend.service.nodePort", 30080),
    ),
    "backend.service.nodePort and frontend.service.nodePort are both 30080: choose two",
  ],
  [
    "TLS without an Ingress",
    merge(existing, at("ingress.tls.enabled", true)),
    "ingress.tls.enabled is true, but ingress.enabled is false",
  ],
  [
    "TLS for an Ingress without a host",
    merge(existing, { ingress: { enabled: true, tls: { enabled: true, secretName: "a" } } }),
    "ingress.host is empty, but a certificate is for a host",
  ],
  [
    "TLS for an Ingress without a certificate",
    merge(existing, { ingress: { enabled: true, host: "a.b", tls: { enabled: true } } }),
    "ingress.tls.secretName is empty: set it to the Secret with the certificate",
  ],
  [
    "a route without a Gateway",
    merge(existing, at("gateway.enabled", true)),
    "gateway.enabled is true, but the route has no Gateway: set gateway.parentRefs",
  ],
  [
    "a Gateway of its own and others",
    merge(existing, { gateway: { enabled: true, className: "a", parentRefs: [{ name: "b" }] } }),
    "gateway.className and gateway.parentRefs are both set",
  ],
  [
    "two IP families of one",
    merge(existing, {
      services: { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] },
    }),
    "services.ipFamilyPolicy is SingleStack, but services.ipFamilies has two: leave one of them out",
  ],
  [
    "a redirect without a Gateway that it is for",
    merge(existing, {
      gateway: { enabled: true, className: "a", redirectParentRefs: [{ name: "b" }] },
    }),
    "gateway.redirectParentRefs is set, but gateway.parentRefs is empty: set it to the HTTPS listener",
  ],
  [
    "annotations of a Gateway of others",
    merge(existing, {
      gateway: { enabled: true, parentRefs: [{ name: "b" }], annotations: { a: "b" } },
    }),
    "gateway.annotations is set, but the chart creates no Gateway: set gateway.className",
  ],
  [
    "TLS without a Gateway",
    merge(existing, at("gateway.tls.enabled", true)),
    "gateway.tls.enabled is true, but gateway.enabled is false",
  ],
  [
    "TLS for a Gateway of others",
    merge(existing, {
      gateway: { enabled: true, parentRefs: [{ name: "b" }], tls: { enabled: true } },
    }),
    "gateway.tls.enabled is true, but the certificate belongs to the Gateway in gateway.parentRefs",
  ],
  [
    "TLS for a Gateway without a certificate",
    merge(existing, { gateway: { enabled: true, className: "a", tls: { enabled: true } } }),
    "gateway.tls.secretName is empty: set it to the Secret with the certificate",
  ],
  [
    "a bucket without its name",
    merge(existing, at("backup.s3", { endpoint: "https://a.b", existingSecret: "c" })),
    "backup.s3.bucket is empty, but backup.s3.endpoint is set",
  ],
  [
    "a bucket without its keys",
    merge(existing, at("backup.s3", { endpoint: "https://a.b", bucket: "c" })),
    "backup.s3.existingSecret is empty, but backup.s3.endpoint is set",
  ],
  [
    "a bucket without its server",
    merge(existing, at("backup.s3.bucket", "c")),
    "backup.s3.bucket is set, but backup.s3.endpoint is empty",
  ],
  [
    "recipients of copies without a bucket",
    merge(existing, at("backup.s3.recipients", [`age1${"q".repeat(58)}`])),
    "backup.s3.recipients is set, but backup.s3.endpoint is empty",
  ],
  [
    "a certificate of a server without TLS",
    merge(
      existing,
      at("backup.s3", {
        endpoint: "http://a.b",
        bucket: "c",
        existingSecret: "d",
        caCertificate: "-----BEGIN CERTIFICATE-----",
      }),
    ),
    "backup.s3.caCertificate is set, but backup.s3.endpoint is not an https URL",
  ],
  [
    "a mail server without a sender",
    merge(existing, {
      backend: { config: { SMTP_HOST: "a.b", PUBLIC_URL: "https://todo.example.com" } },
    }),
    "backend.config.SMTP_FROM is empty, but backend.config.SMTP_HOST is set: set both, or neither",
  ],
  [
    "a proxy without its port",
    merge(existing, at("proxy.existingSecret", "proxy")),
    "proxy.port is empty, but proxy.existingSecret is set: set the port of the proxy",
  ],
  [
    "exceptions from no proxy",
    merge(existing, at("proxy.noProxy", "a.b")),
    "proxy.noProxy is set, but proxy.existingSecret is empty: set the Secret with the URL",
  ],
  [
    "no time to drain",
    merge(existing, { shutdown: { preStopSeconds: 30, gracePeriodSeconds: 30 } }),
    "shutdown.gracePeriodSeconds is 30 and shutdown.preStopSeconds 30, which leaves no time",
  ],
  [
    "fewest pods above the most",
    merge(existing, at("frontend.autoscaling", { minReplicas: 7, maxReplicas: 6 })),
    "frontend.autoscaling.minReplicas is 7 and maxReplicas 6: make the second at least the first",
  ],
  [
    "the metrics on the page's port",
    merge(existing, at("metrics.frontendPort", 3000)),
    "metrics.frontendPort and frontend.service.targetPort are both 3000",
  ],
  [
    "a secret in a ConfigMap",
    merge(existing, at("backend.config.OPENAI_API_KEY", "hidden")),
    "backend.config.OPENAI_API_KEY would be readable in a ConfigMap: put it into a Secret",
  ],
  [
    "a protected variable in a ConfigMap",
    merge(existing, at("config.POSTGRES_USER", "hidden")),
    "config.POSTGRES_USER would be readable in a ConfigMap: put it into a Secret",
  ],
  [
    "a port in a ConfigMap",
    merge(existing, at("config.PORT", "80")),
    "config.PORT is set by the chart: set service.targetPort instead",
  ],
  [
    "a port of the metrics in a ConfigMap",
    merge(existing, at("frontend.config.METRICS_PORT", "80")),
    "frontend.config.METRICS_PORT is set by the chart: set metrics.frontendPort instead",
  ],
  [
    "a variable of the chart's",
    merge(existing, at("backend.extraEnv", [{ name: "DATABASE_URL", value: "hidden" }])),
    "backend.extraEnv sets DATABASE_URL, which the chart sets already: remove it",
  ],
  [
    "a variable of a ConfigMap",
    merge(existing, at("frontend.extraEnv", [{ name: "API_URL", value: "http://a.b" }])),
    "frontend.extraEnv sets API_URL, which the chart sets already: remove it",
  ],
  [
    "a label of the chart's",
    merge(existing, at("frontend.podLabels", { "app.kubernetes.io/name": "other" })),
    "frontend.podLabels sets app.kubernetes.io/name, which the chart uses to find its pods",
  ],
  [
    "an annotation of the chart's",
    merge(existing, at("backend.podAnnotations", { "checksum/config": "1" })),
    "backend.podAnnotations sets checksum/config, which the chart sets itself",
  ],
];

describeWith(["helm"], "the chart refuses", () => {
  const refusals = new Map<Values, string>();
  const refusalOf = (values: Values) => {
    const message = refusals.get(values) ?? refusal(values);
    refusals.set(values, message);
    return message;
  };

  for (const [title, values, message] of cases) {
    it(title, () => {
      const refused = refusalOf(values);
      assert.ok(refused.includes(`\n- ${message}`), refused);
      assert.ok(!refused.includes("hidden"), `a secret is in the message: ${refused}`);
    });
  }

  it("all at once", () => {
    const refused = refusal(
      merge(existing, at("gateway.enabled", true), at("ingress.tls.enabled", true)),
    );
    assert.equal(refused.match(/^- /gm)?.length, 2, refused);
  });

  it("nothing for which there is no test", () => {
    const template = readFileSync(join(chart, "templates/_checks.tpl"), "utf8");
    const messages = [...template.matchAll(/append \$problems \(?(?:printf )?"([^"]+)"/g)];
    assert.ok(messages.length > 20, `only ${messages.length} checks were found`);
    const shown = cases.flatMap(([, values]) => refusalOf(values).split("\n"));
    const untested = messages
      .map(([, text = ""]) => text)
      .filter((text) => {
        const parts = text
          .split(/%[sd]/)
          .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
        const pattern = new RegExp(`^- ${parts.join(".*")}`);
        return !shown.some((line) => pattern.test(line));
      });
    assert.deepEqual(untested, []);
  });
});
