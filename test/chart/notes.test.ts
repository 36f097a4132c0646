import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Values } from "./helm.ts";
import { at, chart, existing, merge, parseManifests, pick, renderText } from "./helm.ts";
import { describeWith } from "./tools.ts";

describeWith(["helm"], "the notes after an installation", () => {
  let copy: string;

  // Helm shows the notes where it has a cluster only, so a copy of the chart has them in a ConfigMap.
  before(() => {
    copy = mkdtempSync(join(tmpdir(), "chart-"));
    cpSync(chart, copy, { recursive: true });
    cpSync(join(chart, "templates/NOTES.txt"), join(copy, "NOTES.txt"));
    const data = '{ notes: {{ tpl (.Files.Get "NOTES.txt") $ | quote }} }';
    writeFileSync(
      join(copy, "templates/notes.yaml"),
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\ndata: ${data}\n`,
    );
  });

  after(() => {
    rmSync(copy, { recursive: true });
  });

  const notes = (values: Values) =>
    pick(parseManifests(renderText(merge(existing, values), { chart: copy })), "ConfigMap", "notes")
      .data?.notes ?? "";

  it("always tell how to forward a port and how to test", () => {
    const text = notes(merge(at("namePrefix", "two-"), at("frontend.service.port", 8081)));
    assert.match(
      text,
      /kubectl --namespace todo-chatbot-namespace port-forward service\/two-frontend-service 8080:8081/,
    );
    assert.match(text, /helm test todo-chatbot --namespace todo-chatbot-namespace/);
  });

  const ways: readonly (readonly [title: string, values: Values, line: RegExp])[] = [
    [
      "the node's port",
      {},
      /jsonpath='http:\/\/<address of a node>:\{\.spec\.ports\[0\]\.nodePort\}/,
    ],
    [
      "the load balancer's address",
      at("frontend.service.type", "LoadBalancer"),
      /jsonpath='http:\/\/\{\.status\.loadBalancer\.ingress\[0\]\.ip\}:80\/'/,
    ],
    [
      "the Ingress's host",
      { ingress: { enabled: true, host: "a.b", tls: { enabled: true, secretName: "c" } } },
      /^ {2}https:\/\/a\.b\/$/m,
    ],
    [
      "the Gateway's host",
      { gateway: { enabled: true, className: "c", hostname: "a.b" } },
      /^ {2}http:\/\/a\.b\/$/m,
    ],
  ];
  for (const [title, values, line] of ways) {
    it(`tell ${title}`, () => {
      assert.match(notes(values), line);
    });
  }

  it("tell how to back up, where there are backups", () => {
    assert.doesNotMatch(notes({}), /cronjob/);
    assert.match(
      notes(merge(at("backup.enabled", true), at("namePrefix", "two-"))),
      /create job --from=cronjob\/two-backup /,
    );
  });

  it("warn where any pod of the cluster can reach the database", () => {
    assert.doesNotMatch(notes({}), /policies are off/);
    assert.match(notes(at("networkPolicy.enabled", false)), /policies are off/);
  });
});
