import assert from "node:assert/strict";

import type { Values } from "./helm.ts";
import { at, bundled, existing, external, merge, names, pick, render } from "./helm.ts";
import { describeWith } from "./tools.ts";

const enabled = at("backup.enabled", true);

const bucket: Values = merge(enabled, {
  backup: {
    s3: {
      endpoint: "https://s3.example.com",
      bucket: "backups",
      prefix: "todo/",
      existingSecret: "backup-bucket",
    },
  },
});

const cronJob = (values: Values) => pick(render(values), "CronJob", "backup").spec;

const podOf = (values: Values) => cronJob(values).jobTemplate.spec!.template.spec!;

describeWith(["helm"], "backups", () => {
  it("are off by default", () => {
    assert.deepEqual(
      names(render(bundled)).filter((name) => name.includes("backup")),
      [],
    );
  });

  it("have names that no earlier release of the program used", () => {
    assert.deepEqual(
      names(render(merge(bundled, enabled))).filter((name) => name.includes("backup")),
      [
        "ConfigMap/backup-files",
        "CronJob/backup",
        "CronJob/backup-drill",
        "NetworkPolicy/allow-backups",
        "PersistentVolumeClaim/backup-data",
      ],
    );
  });

  it("run at night, one at a time, and catch up after an outage", () => {
    const spec = cronJob(merge(bundled, enabled));
    assert.equal(spec.schedule, "0 3 * * *");
    assert.equal(spec.timeZone, "Etc/UTC");
    assert.equal(spec.suspend, false);
    assert.equal(spec.concurrencyPolicy, "Forbid");
    assert.equal(spec.startingDeadlineSeconds, 6 * 3600);
  });

  it("run by hand alone without a schedule, from the same pod", () => {
    const byHand = merge(bundled, enabled, at("backup.schedule", ""));
    const { schedule, suspend } = cronJob(byHand);
    assert.equal(suspend, true);
    assert.match(schedule, /^\S+( \S+){4}$/, "Kubernetes refuses a CronJob without a schedule");
    assert.deepEqual(podOf(byHand), podOf(merge(bundled, enabled)));
  });

  it("run the script with the database's URL, its folder and how many to keep", () => {
    const { containers, initContainers, volumes } = podOf(
      merge(bundled, enabled, at("backup.keep", 3)),
    );
    assert.equal(initContainers, undefined);
    const [container] = containers;
    assert.deepEqual(container?.command, ["bash", "/scripts/backup.sh"]);
    assert.deepEqual(container.args, ["backup"]);
    assert.deepEqual(container.env, [
      {
        name: "DATABASE_URL",
        valueFrom: { secretKeyRef: { name: "database-secret", key: "DATABASE_URL" } },
      },
      { name: "FOLDER", value: "/backups" },
      { name: "KEEP", value: "3" },
      { name: "HOME", value: "/tmp" },
    ]);
    assert.deepEqual(
      container.volumeMounts?.map(({ name, mountPath }) => [name, mountPath]),
      [
        ["backups", "/backups"],
        ["scripts", "/scripts"],
        ["tmp", "/tmp"],
      ],
    );
    assert.deepEqual(volumes?.[1]?.configMap, { name: "backup-files" });
    assert.match(
      pick(render(merge(bundled, enabled)), "ConfigMap", "backup-files").data?.["backup.sh"] ?? "",
      /pg_dump/,
    );
  });

  it("are proven at night in a database of their own, which only that pod reaches", () => {
    const drillOf = (values: Values) => pick(render(values), "CronJob", "backup-drill").spec;
    const { schedule, suspend, jobTemplate } = drillOf(merge(bundled, enabled));
    assert.deepEqual([schedule, suspend], ["30 4 * * *", false]);
    const { initContainers = [], containers, volumes = [] } = jobTemplate.spec!.template.spec!;
    assert.deepEqual(
      [...initContainers, ...containers].map(({ name, args }) => [name, args?.at(-1)]),
      [
        ["server", "max_wal_size=128MB"],
        ["restore", "drill"],
        ["migrate", "postgresql://drill@127.0.0.1:5432/drill"],
        ["backup", "prove"],
      ],
    );
    const [server] = initContainers;
    assert.equal(server?.restartPolicy, "Always");
    assert.ok(server.args?.includes("listen_addresses=127.0.0.1"));
    const drillVolume = volumes.find(({ name }) => name === "drill");
    assert.equal(drillVolume?.emptyDir?.sizeLimit, "1Gi");
    assert.equal(server.resources?.limits?.["ephemeral-storage"], "1Gi");

    const copies = drillOf(merge(bundled, bucket)).jobTemplate.spec!.template.spec!;
    assert.deepEqual(copies.initContainers?.[1]?.args, ["newest"]);
    for (const off of [at("backup.schedule", ""), at("backup.drill.schedule", "")]) {
      assert.equal(drillOf(merge(bundled, enabled, off)).suspend, true);
    }
  });

  it("are stored on a PVC that the chart creates and keeps, or on an existing one", () => {
    const claimOf = (values: Values) =>
      podOf(values).volumes?.[0]?.persistentVolumeClaim?.claimName;
    const created = merge(bundled, enabled);
    assert.equal(claimOf(created), "backup-data");
    const { metadata } = pick(render(created), "PersistentVolumeClaim", "backup-data");
    assert.equal(metadata?.annotations?.["helm.sh/resource-policy"], "keep");

    const given = merge(existing, enabled, at("backup.existingClaim", "todo-backups"));
    assert.equal(claimOf(given), "todo-backups");
    assert.deepEqual(
      names(render(given)).filter((name) => name.startsWith("PersistentVolumeClaim/")),
      [],
    );
  });

  it("use the bundled database's image and user, or their own", () => {
    const used = (values: Values) => {
      const { containers, securityContext } = podOf(merge(bundled, enabled, values));
      return [containers[0]?.image, securityContext?.runAsUser];
    };
    const image = { repository: "postgres", tag: "17", digest: "" };
    assert.deepEqual(used({ database: { bundled: { image, runAsUser: 70 } } }), [
      "postgres:17",
      70,
    ]);
    const own = { repository: "postgres", tag: "18" };
    assert.deepEqual(used({ backup: { image: own, runAsUser: 71 } }), ["postgres:18", 71]);
  });

  it("are copied to a bucket before they are recorded", () => {
    const { initContainers = [], containers } = podOf(merge(bundled, bucket));
    assert.deepEqual(
      [...initContainers, ...containers].map(({ name, args }) => [name, args]),
      [
        ["dump", ["dump"]],
        ["copy", ["push"]],
        ["backup", ["record"]],
      ],
    );
    const [, copy] = initContainers;
    assert.equal(copy?.image, "todo-chatbot-backend:0123456789ab");
    const secretOf = (key: string) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: "backup-bucket", key } },
    });
    assert.deepEqual(copy.env, [
      { name: "S3_ENDPOINT", value: "https://s3.example.com" },
      { name: "S3_BUCKET", value: "backups" },
      { name: "S3_PREFIX", value: "todo/" },
      { name: "S3_REGION", value: "us-east-1" },
      { name: "S3_CA_CERTIFICATE", value: "" },
      secretOf("S3_ACCESS_KEY_ID"),
      secretOf("S3_SECRET_ACCESS_KEY"),
      { name: "FOLDER", value: "/backups" },
      { name: "KEEP", value: "7" },
    ]);
  });

  it("are kept by days, weeks and months by a step that needs no bucket", () => {
    const periods = { backup: { keepDaily: 14, keepMonthly: 12 } };
    const numbers = [
      { name: "KEEP", value: "7" },
      { name: "KEEP_DAILY", value: "14" },
      { name: "KEEP_MONTHLY", value: "12" },
    ];
    const { initContainers = [], containers } = podOf(merge(bundled, enabled, periods));
    assert.deepEqual(
      [...initContainers, ...containers].map(({ name, args }) => [name, args]),
      [
        ["dump", ["dump"]],
        ["prune", ["prune"]],
        ["backup", ["record"]],
      ],
    );
    const folder = { name: "FOLDER", value: "/backups" };
    assert.deepEqual(initContainers[1]?.env, [folder, ...numbers]);

    const copy = podOf(merge(bundled, bucket, periods)).initContainers?.[1];
    assert.deepEqual(copy?.args, ["push"]);
    assert.deepEqual(copy.env?.slice(-3), numbers);
  });

  it("are encrypted in the bucket for the public keys that are set", () => {
    const recipients = [`age1${"q".repeat(58)}`, `age1${"p".repeat(58)}`];
    const values = merge(bundled, bucket, at("backup.s3.recipients", recipients));
    const drill = pick(render(values), "CronJob", "backup-drill").spec.jobTemplate.spec!.template;
    for (const { initContainers = [] } of [podOf(values), drill.spec!]) {
      const copy = initContainers.find(({ name }) => name === "copy");
      const given = copy?.env?.find(({ name }) => name === "AGE_RECIPIENTS")?.value;
      assert.equal(given, recipients.join(","));
    }
  });

  it("verify an external database by its CA bundle", () => {
    const values = merge(
      external,
      enabled,
      at("database.caCertificate", "-----BEGIN CERTIFICATE-----"),
    );
    const { containers, volumes } = podOf(values);
    const [container] = containers;
    assert.ok(
      container?.env?.some(
        ({ name, value }) => name === "PGSSLROOTCERT" && value === "/certificates/database-ca.pem",
      ),
    );
    assert.ok(container?.volumeMounts?.some(({ mountPath }) => mountPath === "/certificates"));
    assert.deepEqual(volumes?.at(-1)?.configMap, { name: "database-ca" });
  });

  it("join a mesh with a sidecar that ends with them", () => {
    const { labels, annotations } = cronJob(merge(bundled, enabled, at("mesh.mode", "istio")))
      .jobTemplate.spec!.template.metadata!;
    assert.equal(labels?.["sidecar.istio.io/inject"], "true");
    assert.equal(annotations?.["sidecar.istio.io/nativeSidecar"], "true");
  });
});
