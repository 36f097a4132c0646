import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  chartDefaults,
  chartSections,
  chartSettings,
} from "../../tools/generated/chart-settings.ts";
import type { Values } from "./helm.ts";
import {
  at,
  bundled,
  chart,
  existing,
  external,
  isMap,
  merge,
  refusal,
  renderText,
} from "./helm.ts";
import { describeWith } from "./tools.ts";

/** Secrets that exist already, an external database: the quickest to render. */
const base = merge(existing, at("database", { mode: "external", bundled: { existingClaim: "" } }));

const inBundled = merge(base, at("database.mode", "bundled"));
const ingress: Values = merge(base, {
  ingress: { enabled: true, host: "a.b", tls: { secretName: "cert" } },
});
const gateway: Values = merge(base, {
  gateway: { enabled: true, className: "c", tls: { secretName: "cert" } },
});
const backups: Values = merge(base, at("backup.enabled", true));
const ownImage: Values = merge(backups, at("backup.image", { repository: "postgres", tag: "18" }));
const bucket: Values = merge(backups, {
  backup: { s3: { endpoint: "https://a.b", bucket: "c", existingSecret: "d" } },
});
const proxied: Values = merge(bucket, at("proxy", { existingSecret: "a", port: 3128 }));
const monitored: Values = merge(base, at("metrics.serviceMonitor.enabled", true));
const mail = at("backend.config", { SMTP_FROM: "a@b.c", PUBLIC_URL: "https://a.b" });
const bytes = "7Mi";

/** Another value for settings, by their paths, and values with which it must make a difference. */
const changes: readonly (readonly [path: RegExp, value: unknown, context?: Values])[] = [
  [/^config\.NODE_ENV$/, "development"],
  [/LOG_LEVEL$/, "debug"],
  [/^config\.HEALTH_CHECK_INTERVAL$/, "31s"],
  [/^serviceAccount\.(create|automount)$/, true],
  [
    /^serviceAccount\.annotations$/,
    { "example.com/a": "b" },
    merge(base, at("serviceAccount.create", true)),
  ],
  [/^backup\.enabled$/, true],
  [/^backup\.image\.repository$/, "other", merge(backups, at("backup.image.tag", "18"))],
  [/^backup\.image\.digest$/, `sha256:${"1".repeat(64)}`, ownImage],
  [/^backup\.image\.pullPolicy$/, "Never", ownImage],
  [/^backup\.image\.tag$/, "19", ownImage],
  [/^backup\.(drill\.)?schedule$/, "@daily", backups],
  [/^backup\.(keep(Daily|Weekly|Monthly)?|runAsUser)$/, 70, backups],
  [/^backup\.storage\.size$/, bytes, backups],
  [/^backup\.storage\.accessModes$/, ["ReadWriteMany"], backups],
  [/^backup\.s3\.endpoint$/, "https://e.f", bucket],
  [/^backup\.s3\.caCertificate$/, "-----BEGIN CERTIFICATE-----", bucket],
  [/^backup\.s3\.recipients$/, [`age1${"q".repeat(58)}`], bucket],
  [/^backup\.s3\./, "other", bucket],
  [/^backup\.(drill\.)?resources\..*\.cpu$/, "7m", backups],
  [/^backup\.(drill\.)?resources\./, bytes, backups],
  [/^backup\.tolerations$/, [{ key: "a" }], backups],
  [/^backup\.affinity$/, { podAffinity: {} }, backups],
  [/^backup\.(podAnnotations|podLabels|nodeSelector)$/, { "example.com/a": "b" }, backups],
  [/^backup\./, "other", backups],
  [/^database\.bundled\.image\.digest$/, `sha256:${"1".repeat(64)}`, inBundled],
  [/^database\.bundled\.(.*\.)?image\.pullPolicy$/, "Never", inBundled],
  [/image\.digest$/, `sha256:${"1".repeat(64)}`],
  [/image\.pullPolicy$/, "Never"],
  [/replicaCount$/, 3],
  [/^schemaVersion$/, 12],
  [/^backend\.autoscaling\.enabled$/, true],
  [/^frontend\.autoscaling\.enabled$/, true],
  [/^backend\.autoscaling\./, 4, merge(base, at("backend.autoscaling.enabled", true))],
  [/^frontend\.autoscaling\./, 4, merge(base, at("frontend.autoscaling.enabled", true))],
  [/service\.type$/, "LoadBalancer"],
  [/service\.(port|targetPort)$/, 4000],
  [/^backend\.service\.nodePort$/, 30001, merge(base, at("backend.service.type", "NodePort"))],
  [/^frontend\.service\.nodePort$/, 30001],
  [/^database\.mode$/, "bundled"],
  [/^database\.url$/, "postgres://a:b@c/d", external],
  [/^database\.port$/, 5433],
  [/^database\.caCertificate$/, "-----BEGIN CERTIFICATE-----"],
  [/^database\.caSecret$/, "database-ca"],
  [/^database\.podSelector$/, { "cnpg.io/cluster": "database" }],
  [/^database\.keepBundled$/, true],
  [/^database\.bundled\.runAsUser$/, 70, inBundled],
  [/^database\.bundled\.(user|name|password)$/, "another", bundled],
  [/^database\.bundled\.storage\.size$/, bytes, inBundled],
  [/^database\.bundled\.storage\.accessModes$/, ["ReadWriteMany"], inBundled],
  [/^database\.bundled\.diskGuard\.minimumFreeMiB$/, 64, inBundled],
  [/^database\.bundled\.(diskGuard\.)?resources\..*\.cpu$/, "7m", inBundled],
  [/^database\.bundled\.(diskGuard\.)?resources\./, bytes, inBundled],
  [/^database\.bundled\.extraEnv$/, [{ name: "A", value: "b" }], inBundled],
  [/^database\.bundled\.tolerations$/, [{ key: "a" }], inBundled],
  [/^database\.bundled\.affinity$/, { podAffinity: {} }, inBundled],
  [
    /^database\.bundled\.(podAnnotations|podLabels|nodeSelector)$/,
    { "example.com/a": "b" },
    inBundled,
  ],
  [/^database\.bundled\./, "another", inBundled],
  [/resources\..*\.cpu$/, "7m"],
  [/resources\./, bytes],
  [/extraEnv$/, [{ name: "A", value: "b" }]],
  [/tolerations$/, [{ key: "a" }]],
  [/affinity$/, { podAffinity: {} }],
  [/^ingress\.enabled$/, true],
  [/^ingress\.tls\.enabled$/, true, ingress],
  [/^ingress\.tls\.secretName$/, "other", merge(ingress, at("ingress.tls.enabled", true))],
  [/^ingress\.annotations$/, { "example.com/a": "b" }, ingress],
  [/^ingress\./, "other", ingress],
  [/^gateway\.enabled$/, true, merge(base, at("gateway.className", "c"))],
  [
    /^gateway\.parentRefs$/,
    [{ name: "b" }],
    merge(base, { gateway: { enabled: true, parentRefs: [{ name: "a" }] } }),
  ],
  [
    /^gateway\.redirectParentRefs$/,
    [{ name: "b" }],
    merge(base, { gateway: { enabled: true, parentRefs: [{ name: "a" }] } }),
  ],
  [/^gateway\.annotations$/, { "example.com/a": "b" }, gateway],
  [/^gateway\.tls\.enabled$/, true, gateway],
  [/^gateway\.tls\.secretName$/, "other", merge(gateway, at("gateway.tls.enabled", true))],
  [/^gateway\./, "other", gateway],
  [/^proxy\.port$/, 8080, proxied],
  [/^proxy\./, "other", proxied],
  [/podLabels$|podAnnotations$|nodeSelector$|annotations$/, { "example.com/a": "b" }],
  [/^apiKeys\./, "another-key-of-at-least-32-characters", external],
  [/^secrets\.names\.dbCredentials$/, "other", inBundled],
  [/^metrics\.frontendPort$/, 9999],
  [/^metrics\.serviceMonitor\.enabled$/, true],
  [/^metrics\.serviceMonitor\.labels$/, { "example.com/a": "b" }, monitored],
  [/^metrics\.serviceMonitor\.metricRelabelings$/, [{ action: "drop" }], monitored],
  [/^networkPolicy\.enabled$/, false],
  [/^shutdown\./, 29],
  [/^mesh\.mode$/, "istio"],
  [/^mesh\.mutualTls$/, "strict", merge(base, at("mesh.mode", "istio"))],
  [/^mesh\.controlPlaneNamespace$/, "other", merge(base, at("mesh.mode", "istio"))],
  [/^services\.ipFamilyPolicy$/, "PreferDualStack"],
  [/^services\.ipFamilies$/, ["IPv6"]],
  [/^imagePullSecrets$/, ["registry"]],
  [/^config\.OTEL_/, "http://a.b:4318"],
  [/config\.SMTP_HOST$/, "smtp.example.com", merge(base, mail)],
  [/config\.OPENAI_BASE_URL$/, "http://a.b/v1"],
  [/./, "other"],
];

/** Sections that may hold other keys as well: names of environment variables. */
const isFree = (path: string) => /(^|\.)config$/.test(path);

describeWith(["helm"], "values.yaml", () => {
  const rendered = new Map<Values, string>();
  const textWith = (context: Values) => {
    const text = rendered.get(context) ?? renderText(context);
    rendered.set(context, text);
    return text;
  };

  it("explains every setting", () => {
    const silent = chartSettings().filter(({ description }) => !description);
    assert.deepEqual(silent, []);
  });

  describe("has no setting that does nothing:", () => {
    for (const { path, default: before } of chartSettings()) {
      // With it, the values that the Secrets are made from have to come or go.
      if (path === "secrets.create") continue;
      it(path, () => {
        const [, after, context = base] = changes.find(([paths]) => paths.test(path))!;
        assert.notDeepEqual(after, before, "the test must give another value than the default");
        assert.notEqual(renderText(merge(context, at(path, after))), textWith(context));
      });
    }

    it("secrets.create", () => {
      assert.notEqual(renderText(external), textWith(base));
    });
  });
});

describeWith(["helm"], "values.schema.json", () => {
  const schema = JSON.parse(readFileSync(join(chart, "values.schema.json"), "utf8")) as Values;

  it("refuses a key it does not know, wherever it is", () => {
    const closed = chartSections().filter((path) => !isFree(path));
    const message = refusal(
      merge(bundled, ...closed.map((path) => at(path === "" ? "odd" : `${path}.odd`, 1))),
    );
    const silent = closed.filter(
      (path) =>
        !message.includes(
          `at '${path === "" ? "" : `/${path.replaceAll(".", "/")}`}': additional properties 'odd' not allowed`,
        ),
    );
    assert.deepEqual(silent, []);
  });

  it("refuses a value of another type, whatever the setting", () => {
    // A map takes the place of a map only, so what is wrong is in it.
    const wrong = ({ path, default: value }: { path: string; default: unknown }) =>
      at(path, isMap(value) ? { odd: [[]] } : [[]]);
    const message = refusal(merge(bundled, ...chartSettings().map(wrong)));
    const silent = chartSettings().filter(
      ({ path }) => !message.includes(`at '/${path.replaceAll(".", "/")}`),
    );
    assert.deepEqual(silent, []);
  });

  it("knows no key that values.yaml does not set", () => {
    const definitions = schema.definitions as Readonly<Record<string, Values>>;
    const resolve = (node: Values): Values => {
      const [, name] = /^#\/definitions\/(.+)$/.exec(String(node.$ref)) ?? [];
      return name === undefined ? node : definitions[name]!;
    };
    const unset = (node: Values, values: Values, path: string): string[] =>
      Object.entries((node.properties ?? {}) as Readonly<Record<string, Values>>).flatMap(
        ([key, child]) => {
          const value = values[key];
          // A parent chart may set the first two; each app may have a log level of its own.
          if (["global", "enabled"].includes(path + key) || key === "LOG_LEVEL") return [];
          if (value === undefined) return [path + key];
          return isMap(value) && Object.keys(value).length > 0
            ? unset(resolve(child), value, `${path}${key}.`)
            : [];
        },
      );
    assert.deepEqual(unset(schema, chartDefaults(), ""), []);
  });

  const refused: readonly (readonly [title: string, values: Values, message: RegExp])[] = [
    [
      "an empty tag",
      at("backend.image.tag", ""),
      /'\/backend\/image\/tag': minLength: got 0, want 1/,
    ],
    [
      "the tag latest",
      at("frontend.image.tag", "latest"),
      /'\/frontend\/image\/tag': 'not' failed/,
    ],
    ["a tag in the repository", at("backend.image.repository", "a/b:1"), /does not match pattern/],
    ["a short digest", at("backend.image.digest", "sha256:12"), /does not match pattern/],
    [
      "a name that DNS does not allow",
      { namePrefix: "Two_" },
      /'\/namePrefix': 'Two_' does not match/,
    ],
    ["no replica at all", at("backend.replicaCount", 0), /minimum: got 0, want 1/],
    ["a port below 1024 in a container", at("backend.service.targetPort", 80), /want 1,?024/],
    ["metrics on a port below 1024", at("metrics.frontendPort", 80), /want 1,?024/],
    ["a node port out of range", at("frontend.service.nodePort", 8080), /want 30,?000/],
    [
      "memory without a unit",
      at("backend.resources.limits.memory", "256"),
      /does not match pattern/,
    ],
    ["resources without limits", at("backend.resources.limits", null), /missing property 'limits'/],
    [
      "an interval without a unit",
      at("config.HEALTH_CHECK_INTERVAL", "30"),
      /does not match pattern/,
    ],
    ["an unknown log level", at("backend.config.LOG_LEVEL", "loud"), /must be one of/],
    [
      "a disk guard that comes too late",
      at("database.bundled.diskGuard.minimumFreeMiB", 8),
      /minimum: got 8, want 16/,
    ],
    [
      "a schedule that is no cron expression",
      at("backup.schedule", "every night"),
      /'\/backup\/schedule': 'every night' does not match pattern/,
    ],
    [
      "an image of backups without a tag",
      at("backup.image.repository", "postgres"),
      /'\/backup\/image\/tag': minLength: got 0, want 1/,
    ],
    ["Postgres as root", at("database.bundled.runAsUser", 0), /minimum: got 0, want 1/],
    [
      "an unknown mesh",
      at("mesh.mode", "consul"),
      /must be one of 'none', 'istio', 'istio-ambient', 'linkerd'/,
    ],
    ["a variable without a value", at("backend.extraEnv", [{ name: "A" }]), /'oneOf' failed/],
  ];
  for (const [title, values, message] of refused) {
    it(`refuses ${title}`, () => {
      assert.match(refusal(merge(bundled, values)), message);
    });
  }
});
