import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse } from "yaml";

import { chartSettings } from "../../tools/generated/chart-settings.ts";
import type { Values } from "./helm.ts";
import { at, bundled, chart, existing, lint, merge, names, pick, refusal, render } from "./helm.ts";
import { describeWith } from "./tools.ts";

interface Entry {
  readonly name: string;
  readonly object: string;
  readonly sensitivity: string;
  readonly optional?: boolean;
}

const { variables } = parse(readFileSync(join(chart, "files/environment.yaml"), "utf8")) as {
  variables: readonly Entry[];
};

describeWith(["helm"], "the chart's examples", () => {
  const folder = join(chart, "examples");

  /** What an example leaves to the command line. */
  const secrets: Values = {
    database: { bundled: { password: "database-password" } },
    apiKeys: { jwtSecretKey: "signing-key-of-at-least-32-characters" },
  };
  const example = (name: string): Values => {
    const values = parse(readFileSync(join(folder, `${name}-values.yaml`), "utf8")) as Values;
    return name === "external-database" ? values : merge(values, secrets);
  };

  it("are these", () => {
    assert.deepEqual(readdirSync(folder), [
      "external-database-values.yaml",
      "ingress-tls-values.yaml",
      "minikube-values.yaml",
    ]);
  });

  for (const name of ["minikube", "external-database", "ingress-tls"]) {
    it(`pass helm lint --strict: ${name}`, () => {
      assert.equal(lint(example(name)), "");
    });
  }

  it("open minikube's on a node port, with images of the node", () => {
    const manifests = render(example("minikube"));
    const [container] = pick(manifests, "Deployment", "backend-deployment").spec!.template.spec!
      .containers;
    assert.equal(container?.imagePullPolicy, "Never");
    assert.equal(pick(manifests, "Service", "frontend-service").spec?.type, "NodePort");
  });

  it("run the one with an external database without a database or a Secret of its own", () => {
    const found = names(render(example("external-database")));
    assert.deepEqual(
      found.filter((name) => /^Secret\/|database-(deployment|service|data)/.test(name)),
      [],
    );
    assert.ok(found.includes("CronJob/backup"));
    assert.ok(found.includes("HorizontalPodAutoscaler/backend-autoscaler"));
  });

  it("serve the one with an Ingress over HTTPS", () => {
    const { spec } = pick(render(example("ingress-tls")), "Ingress", "frontend-ingress");
    assert.deepEqual(spec?.tls, [{ hosts: ["todo.example.com"], secretName: "todo-tls" }]);
  });
});

describeWith(["helm"], "files/environment.yaml", () => {
  it("lists the documented variables of the ConfigMaps, and no other", () => {
    const documented = chartSettings().flatMap(({ path }) => {
      const [, app = "app", name] = /^(?:(\w+)\.)?config\.(\w+)$/.exec(path) ?? [];
      return name === undefined ? [] : [`${app}-config ${name}`];
    });
    const listed = variables.filter(({ sensitivity }) => sensitivity === "public");
    assert.deepEqual(
      documented,
      listed.map(({ object, name }) => `${object} ${name}`),
    );
  });

  it("has every variable of the Secrets that the chart creates, and no other", () => {
    const values = merge(bundled, {
      apiKeys: { openaiApiKey: "key", smtpPassword: "mail", jwtSecretKeyPrevious: "previous" },
    });
    const created = render(values)
      .filter(({ kind }) => kind === "Secret")
      .flatMap(({ metadata }) =>
        Object.keys(pick(render(values), "Secret", metadata.name).stringData ?? {}).map((key) => [
          metadata.name,
          key,
        ]),
      );
    const listed = variables
      .filter(({ object }) => !object.endsWith("-config"))
      .map(({ object, name }) => [object, name]);
    assert.deepEqual(created.sort(), listed.sort());
  });

  it("lets the backend start without its optional variables alone", () => {
    const [backend] = pick(render(existing), "Deployment", "backend-deployment").spec!.template
      .spec!.containers;
    const optional = (backend?.env ?? []).filter(
      ({ valueFrom }) => valueFrom?.secretKeyRef?.optional,
    );
    assert.deepEqual(optional.map(({ name }) => name).sort(), [
      "JWT_SECRET_KEY_PREVIOUS",
      "OPENAI_API_KEY",
      "SMTP_PASSWORD",
    ]);
  });

  it("is the chart, version and appVersion that the documents name", () => {
    const { name, version, appVersion } = parse(
      readFileSync(join(chart, "Chart.yaml"), "utf8"),
    ) as Values;
    assert.deepEqual([name, version, appVersion], ["todo-chatbot", "1.0.0", "latest"]);
  });

  it("keeps everything that is not public out of ConfigMaps", () => {
    const secret = variables.filter(({ sensitivity }) => sensitivity !== "public");
    assert.ok(secret.length > 0);
    const message = refusal(
      merge(existing, ...secret.map(({ name }) => at(`backend.config.${name}`, "hidden"))),
    );
    const missed = secret.filter(
      ({ name }) => !message.includes(`backend.config.${name} would be`),
    );
    assert.deepEqual(missed, []);
  });
});

describeWith(["helm"], "the chart as a dependency", () => {
  let parent: string;

  before(() => {
    parent = mkdtempSync(join(tmpdir(), "parent-"));
    mkdirSync(join(parent, "charts"));
    cpSync(chart, join(parent, "charts/todo-chatbot"), { recursive: true });
    const { version } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as Values;
    const dependency = { name: "todo-chatbot", version, condition: "todo-chatbot.enabled" };
    writeFileSync(
      join(parent, "Chart.yaml"),
      JSON.stringify({
        apiVersion: "v2",
        name: "parent",
        version: "1.0.0",
        dependencies: [dependency],
      }),
    );
  });

  after(() => {
    rmSync(parent, { recursive: true });
  });

  const renderParent = (enabled: boolean) =>
    render(
      { global: { team: "todo" }, "todo-chatbot": { ...bundled, enabled } },
      { name: "umbrella", chart: parent },
    );

  it("is installed by a condition, with global values beside its own", () => {
    assert.ok(names(renderParent(true)).includes("Deployment/backend-deployment"));
    assert.deepEqual(renderParent(false), []);
  });

  it("finds its own files there", () => {
    const guard = pick(renderParent(true), "Deployment", "database-deployment").spec!.template.spec!
      .initContainers?.[0];
    assert.match(guard?.args?.[0] ?? "", /read only/);
  });
});
