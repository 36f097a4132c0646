import assert from "node:assert/strict";

import { typedValue } from "../../config/values.ts";
import { parseSettings } from "../../config/settings.ts";
import { withNewNames } from "../../config/renamed.ts";
import { at, faults, refusal } from "./settings.ts";

describe("a value that says none", () => {
  it("is the same as no value: every setting that an older stack file may have empty", () => {
    const empty = {
      cluster: { context: "", profile: "" },
      images: { registry: "", prebuilt: {} },
      database: { mode: "bundled", caCertificate: "", keepBundled: false },
      storage: { storageClassName: "", backup: { s3: { endpoint: "", bucket: "", prefix: "" } } },
      network: { host: "", ingressClassName: "", tlsSecretName: "", gatewayName: "" },
      monitoring: { mode: "off", receivers: {} },
      openai: { baseUrl: "", model: "" },
    };
    const { monitoring, ...rest } = parseSettings(empty, new Set());
    const { monitoring: usual, ...others } = parseSettings({}, new Set());

    assert.deepEqual(rest, others);
    assert.deepEqual([monitoring.mode, monitoring.labels], ["off", usual.labels]);
  });

  it("is an empty schedule, which means backups by hand", () => {
    const { storage } = parseSettings({ storage: { backup: { schedule: "" } } }, new Set());
    assert.equal(storage.backup.schedule, "manual");
  });

  it("takes nothing from what may be empty: labels, and a label's value", () => {
    const labels = (given: object) =>
      parseSettings({ monitoring: { labels: given } }, new Set()).monitoring.labels;

    assert.deepEqual([labels({}), labels({ team: "" })], [{}, { team: "" }]);
  });

  for (const path of ["storage.size", "backend.logLevel", "storage.backup.s3.region"]) {
    it(`is refused for ${path}, which has to be something`, () => {
      assert.match(refusal(at(path, "")), new RegExp(`${path} is ""; it must be `));
    });
  }
});

describe("a number where text belongs", () => {
  it("is the text that it is written as", () => {
    const { storage, monitoring, cluster, openai } = parseSettings(
      {
        cluster: { namespace: 7 },
        openai: { apiKey: "sk-1", model: 4 },
        monitoring: { labels: { release: 2024 } },
        storage: {
          backup: {
            s3: {
              endpoint: "https://s3.example.org",
              bucket: 123456,
              accessKeyId: "a",
              secretAccessKey: "b",
            },
          },
        },
      },
      new Set(["openai", "storage"]),
    );

    assert.equal(storage.backup.s3?.bucket, "123456");
    assert.deepEqual(monitoring.labels, { release: "2024" });
    assert.deepEqual([cluster.namespace, openai.model], ["7", "4"]);
  });

  it("is refused where it may be read as another one than was written", () => {
    assert.equal(
      refusal({ monitoring: { labels: { release: 1.1 } } }),
      faults("monitoring.labels.release is 1.1 without quotes; it must be the value of a label."),
    );
  });
});

describe("a value of a command line", () => {
  for (const [path, text, value] of [
    ["backend.replicas", "3", 3],
    ["backend.replicas", "three", "three"],
    ["storage.protect", "false", false],
    ["database.keepBundled", "true", true],
    ["storage.backup.s3.bucket", "123456", "123456"],
    ["cluster.namespace", "007", "007"],
    ["monitoring.labels.release", "2024", "2024"],
    ["monitoring.labels.on", "true", "true"],
    ["openai.model", "4", "4"],
    ["nothing.of.it", "4", "4"],
    ["backend.allowedOrigins", "https://a.org, https://b.org", ["https://a.org", "https://b.org"]],
  ] as const) {
    it(`is ${typeof value} ${String(value)} for --set ${path}=${text}`, () => {
      assert.deepEqual(typedValue(path.split("."), text), value);
    });
  }
});

describe("a setting that had another name", () => {
  for (const [path, now] of [
    ["storage.className", "storage.storageClassName"],
    ["network.className", "network.ingressClassName"],
    ["network.tlsSecret", "network.tlsSecretName"],
    ["monitoring.patiencePercent", "monitoring.alertForPercent"],
    ["backend.autoscaling.min", "backend.autoscaling.minReplicas"],
    ["frontend.autoscaling.max", "frontend.autoscaling.maxReplicas"],
    ["frontend.autoscaling.cpuPercent", "frontend.autoscaling.targetCPUUtilizationPercentage"],
  ] as const) {
    it(`is refused with the new one: ${path}`, () => {
      assert.equal(refusal(at(path, "x")), faults(`${path} is now ${now}.`));
      assert.deepEqual(withNewNames(at(path, "x")), at(now, "x"));
    });
  }

  it("is a list where it was one platform", () => {
    const of = (platform: string) => withNewNames({ images: { platform } });
    assert.deepEqual(of("linux/arm64"), { images: { platforms: ["linux/arm64"] } });
    assert.equal(refusal(of("")), "accepted");
  });

  it("is a Gateway's where there is one", () => {
    const network = { exposure: "gateway", host: "todo.example.org", className: "public" };

    assert.match(refusal({ network }), /network\.className is now network\.gatewayName\./);
    assert.equal(refusal(withNewNames({ network })), "accepted");
  });

  it("gives way to the new one where both are set", () => {
    const both = { storage: { storageClassName: "new", className: "old" } };
    assert.deepEqual(withNewNames(both), { storage: { storageClassName: "new" } });
  });
});

describe("a URL", () => {
  for (const path of ["openai.baseUrl", "storage.backup.s3.endpoint"]) {
    for (const url of ["http://[::1:11434/v1", "http://h:99999/v1", "http:///v1", "ftp://h", "h"]) {
      it(`is refused for ${path} when it is ${url}`, () => {
        assert.equal(
          refusal(at(path, url)),
          faults(`${path} is "${url}"; it must be an http or https URL.`),
        );
      });
    }

    it(`shows no password that ${path} was given`, () => {
      assert.equal(
        refusal(at(path, "https://me:hunter2@h.example.org/v1")),
        faults(
          `${path} is "https://…@h.example.org/v1"; it must be a URL without user and password.`,
        ),
      );
    });
  }

  for (const url of ["http://[::1:80/", "https://h:99999", "hunter2.example.org"]) {
    it(`is refused for a webhook, and not shown: ${url}`, () => {
      const receivers = { webhook: { url } };
      assert.equal(
        refusal({ monitoring: { receivers } }, ["monitoring"]),
        faults(
          "monitoring.receivers.webhook.url is invalid; it must be an http or https URL, encrypted.",
        ),
      );
    });
  }

  it("of a model is refused without a key, and says what to do where none is needed", () => {
    for (const field of ["baseUrl", "model", "firstByteTimeout"]) {
      const value = { baseUrl: "http://h:11434/v1", model: "m", firstByteTimeout: "2m" }[field];
      assert.match(
        refusal({ openai: { [field]: value } }),
        new RegExp(`openai\\.${field} is set, but openai\\.apiKey is not.* or any text if`),
      );
    }
    const whole = { apiKey: "none", baseUrl: "http://h:11434/v1", firstByteTimeout: "300s" };
    assert.equal(refusal({ openai: whole }, ["openai"]), "accepted");
  });
});
