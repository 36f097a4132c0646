import assert from "node:assert/strict";

import { alertNames, alertsOf } from "../../components/monitoring/alerts.ts";
import { archiveAlerts } from "../../components/monitoring/instance-alerts.ts";
import { alertArgs } from "../unit/alerting.ts";
import type { Expectation, Series } from "./promtool.ts";
import { faultsOf, textFaultsOf } from "./promtool.ts";
import { skipWithout } from "../required-tools.ts";

const minutes = (count: number) => count * 4;
const long = minutes(60);

const up = (component: string, number: number, namespace = "todo") =>
  `up{job="todo-chatbot",namespace="${namespace}",component="${component}",pod="${component}-${number}"}`;
const database = (metric: string, number: number) =>
  `${metric}{namespace="todo",component="backend",pod="backend-${number}"}`;
const inContainer = (metric: string, container: string, number = 1, namespace = "todo") =>
  `${metric}{namespace="${namespace}",pod="${container}-${number}",container="${container}"}`;
const requests = (component: string, route: string, status: number) =>
  `http_requests_total{namespace="todo",component="${component}",pod="${component}-1",route="${route}",status="${status}"}`;
const mails = (outcome: string) =>
  `mails_total{namespace="todo",component="backend",instance="1",outcome="${outcome}"}`;
const chats = (agent: string, outcome: string) =>
  `chat_messages_total{namespace="todo",component="backend",pod="backend-1",agent="${agent}",outcome="${outcome}"}`;

const scanned = (metric: string, image: string, number = 1) =>
  `${metric}{namespace="todo",component="backend",pod="backend-${number}",image="${image}"}`;

/** A container with one core and 200 MB, for some steps; `cpu` in cores, `memory` in MB. */
function container(
  name: string,
  { number = 1, namespace = "todo", cpu = 0.1, memory = 100, file = 10, steps = long } = {},
): Series {
  const series = (metric: string, values: string) => [
    inContainer(metric, name, number, namespace),
    values,
  ];
  return Object.fromEntries([
    series("container_cpu_usage_seconds_total", `0+${cpu * 15}x${steps}`),
    series("container_spec_cpu_quota", `100000x${steps}`),
    series("container_spec_cpu_period", `100000x${steps}`),
    series("container_memory_working_set_bytes", `${memory}e6x${steps}`),
    series("container_memory_total_active_file_bytes", `${file}e6x${steps}`),
    series("container_spec_memory_limit_bytes", `200e6x${steps}`),
    series("container_start_time_seconds", `1000x${steps}`),
  ]) as Series;
}

/** Requests of one route, each step some, of which a share takes longer than a second. */
function answers(component: string, route: string, each: number, slowShare: number): Series {
  const bucket = (le: string, share: number) => [
    `http_request_duration_seconds_bucket{namespace="todo",component="${component}",pod="${component}-1",route="${route}",status="200",le="${le}"}`,
    `0+${each * share}x${long}`,
  ];
  return Object.fromEntries([
    bucket("0.5", 1 - slowShare),
    bucket("1", 1 - slowShare),
    bucket("2.5", 1),
    bucket("+Inf", 1),
    [
      `http_request_duration_seconds_count{namespace="todo",component="${component}",pod="${component}-1",route="${route}",status="200"}`,
      `0+${each}x${long}`,
    ],
  ]) as Series;
}

const instance = (metric: string, number: number) =>
  `cnpg_pg_replication_${metric}{namespace="todo",pod="database-${number}"}`;

const wal = (event: string, number = 1) =>
  `cnpg_pg_stat_archiver_last_${event}_time{namespace="todo",pod="database-${number}"}`;
const baseBackup = (event: string, number: number) =>
  `barman_cloud_cloudnative_pg_io_last_${event}_backup_timestamp{namespace="todo",pod="database-${number}"}`;

/** The primary of the database, and two replicas. */
const healthyInstances: Series = Object.fromEntries(
  [1, 2, 3].flatMap((number) => [
    [instance("in_recovery", number), `${number === 1 ? 0 : 1}x${long}`],
    [instance("streaming_replicas", number), `${number === 1 ? 2 : 0}x${long}`],
    [instance("lag", number), `0x${long}`],
    [baseBackup("available", number), `1x${long}`],
    [baseBackup("failed", number), `0x${long}`],
  ]),
);

/** An hour in which nothing is wrong. */
const healthy: Series = {
  ...healthyInstances,
  [wal("archived")]: `0+15x${long}`,
  [wal("failed")]: `-1x${long}`,
  ...Object.fromEntries(
    ["backend", "frontend"].flatMap((component) => [
      [up(component, 1), `1x${long}`],
      [up(component, 2), `1x${long}`],
      [requests(component, "/api/tasks", 200), `0+10x${long}`],
      ...Object.entries({
        ...container(component),
        ...container(component, { number: 2 }),
        ...answers(component, "/api/tasks", 10, 0),
      }),
    ]),
  ),
  ...container("database"),
  [database("database_up", 1)]: `1x${long}`,
  [database("database_up", 2)]: `1x${long}`,
  [database("database_volume_free_bytes", 1)]: `500e6x${long}`,
  [database("database_volume_size_bytes", 1)]: `1000e6x${long}`,
  [database("backup_last_success_timestamp_seconds", 1)]: `0x${long}`,
  [database("backup_last_proof_timestamp_seconds", 1)]: `0x${long}`,
  [chats("openai", "ok")]: `0+1x${long}`,
  [chats("builtin", "fallback")]: `0x${long}`,
  ...Object.fromEntries(
    ["sent", "refused", "deferred", "failed", "dropped"].map((outcome) => [
      mails(outcome),
      `0x${long}`,
    ]),
  ),
  ...Object.fromEntries(
    ["backend:1", "postgres:17"].flatMap((image) => [
      [scanned("image_failing_vulnerabilities", image), `0x${long}`],
      [scanned("image_failing_vulnerabilities", image, 2), `0x${long}`],
      [scanned("image_scan_database_timestamp_seconds", image), `0x${long}`],
    ]),
  ),
};

/** As kube-prometheus-stack sets Prometheus up: the kubelets' container_spec_* are dropped. */
const withoutLimits: Series = Object.fromEntries(
  Object.keys(healthy)
    .filter((series) => series.startsWith("container_spec_"))
    .map((series) => [series, "_"]),
);
const limitsByKubeStateMetrics: Series = {
  ...withoutLimits,
  ...Object.fromEntries(
    ["backend-1", "backend-2", "frontend-1", "frontend-2", "database-1"].flatMap((pod) => {
      const container = `namespace="todo",pod="${pod}",container="${pod.slice(0, -2)}",node="one"`;
      const limit = (resource: string, unit: string) =>
        `kube_pod_container_resource_limits{${container},resource="${resource}",unit="${unit}"}`;
      return [
        [limit("cpu", "core"), `1x${long}`],
        [limit("memory", "byte"), `200e6x${long}`],
      ];
    }),
  ),
};

const nothing: Expectation = {
  "2m": [],
  "5m": [],
  "10m": [],
  "13m": [],
  "17m": [],
  "30m": [],
  "59m": [],
};

/** Samples that are one value for some minutes, then another for the rest. */
const turns = (before: string | number, after: string | number, at = 10) =>
  `${before}x${minutes(at) - 1} ${after}x${long}`;
const goesAt = (value: string | number, at = 10) => `${value}x${minutes(at) - 1} stale`;

/** What happens after ten quiet minutes, and what fires when. */
const scenarios: readonly (readonly [what: string, changed: Series, expected: Expectation])[] = [
  ["nothing is wrong", {}, nothing],
  [
    "another instance of the database becomes the primary",
    {
      [instance("in_recovery", 1)]: goesAt(0),
      [instance("streaming_replicas", 1)]: goesAt(2),
      [instance("in_recovery", 2)]: turns(1, 0),
      [instance("streaming_replicas", 2)]: `0x${minutes(10)} 1x${minutes(4)} 2x${long}`,
    },
    nothing,
  ],
  [
    "the primary of the database is gone, and no other takes over",
    { [instance("in_recovery", 1)]: goesAt(0), [instance("streaming_replicas", 1)]: goesAt(2) },
    {
      "10m30s": [],
      "11m15s": ["database-no-primary database"],
      "16m": ["database-no-primary database", "database-replica-missing database"],
    },
  ],
  [
    "all instances of the database are gone",
    Object.fromEntries(
      [1, 2, 3].flatMap((number) =>
        ["in_recovery", "streaming_replicas", "lag"].map((metric) => [
          instance(metric, number),
          goesAt(parseFloat(healthyInstances[instance(metric, number)] ?? "")),
        ]),
      ),
    ),
    { "10m30s": [], "11m30s": ["database-no-primary database"] },
  ],
  [
    "a replica of the database is gone",
    { [instance("in_recovery", 3)]: goesAt(1), [instance("streaming_replicas", 1)]: turns(2, 1) },
    { "14m30s": [], "15m30s": ["database-replica-missing database"] },
  ],
  [
    "a replica of the database does not keep up",
    { [instance("lag", 2)]: turns(0, 61) },
    { "14m30s": [], "15m30s": ["database-replica-behind database"] },
  ],
  [
    "the database can't archive its changes",
    { [wal("archived")]: `0+15x${minutes(10)} 600x${long}`, [wal("failed")]: turns(-1, 610) },
    {
      "14m30s": [],
      "15m30s": ["database-archive-failing database"],
      "59m": ["database-archive-failing database"],
    },
  ],
  [
    "the database archives its changes again",
    {
      [wal("archived")]: `0+15x${minutes(10)} 600x${minutes(10)} 1200+15x${long}`,
      [wal("failed")]: turns(-1, 610),
    },
    { "17m": ["database-archive-failing database"], "25m": [] },
  ],
  [
    "a base backup fails",
    Object.fromEntries([1, 2, 3].map((number) => [baseBackup("failed", number), turns(0, 600)])),
    { "14m30s": [], "15m30s": ["database-archive-failing database"] },
  ],
  [
    "another instance archives, which has failed to as a primary before",
    {
      [wal("archived")]: goesAt(0),
      [wal("archived", 2)]: `_x${minutes(10)} 600+15x${long}`,
      [wal("failed")]: goesAt(-1),
      [wal("failed", 2)]: `_x${minutes(10)} 5x${long}`,
    },
    nothing,
  ],
  [
    "one of two backends does not answer",
    { [up("backend", 1)]: turns(1, 0) },
    { "11m30s": [], "12m15s": ["pod-down backend"], "59m": ["pod-down backend"] },
  ],
  [
    "one of two frontends is gone",
    { [up("frontend", 2)]: goesAt(1) },
    { "11m30s": [], "12m15s": ["pod-down frontend"] },
  ],
  [
    "every backend is gone",
    { [up("backend", 1)]: goesAt(1), [up("backend", 2)]: goesAt(1) },
    { "11m30s": [], "12m15s": ["pod-down backend"] },
  ],
  [
    "a backend is away for a minute",
    { [up("backend", 1)]: `1x40 0x3 1x${long}` },
    { "10m45s": [], "12m15s": [], "20m": [] },
  ],
  [
    "a backend comes back",
    { [up("backend", 1)]: `1x40 0x20 1x${long}` },
    { "13m": ["pod-down backend"], "16m": [] },
  ],
  [
    "every series vanishes at once",
    Object.fromEntries(
      Object.entries(healthy).map(([series, values]) => [series, goesAt(parseFloat(values))]),
    ),
    {
      "9m": [],
      "12m15s": ["database-no-primary database", "pod-down backend", "pod-down frontend"],
      "30m": [
        ...["database-no-primary database", "metrics-missing"],
        ...["pod-down backend", "pod-down frontend"],
      ],
    },
  ],
  [
    "there never was a series",
    Object.fromEntries(Object.keys(healthy).map((series) => [series, "_"])),
    {
      "30m": [
        ...["database-no-primary database", "metrics-missing"],
        ...["pod-down backend", "pod-down frontend"],
      ],
    },
  ],
  [
    "a container restarts three times",
    {
      [inContainer("container_start_time_seconds", "backend")]:
        `1000x39 2000x3 _x3 3000x3 _x6 4000x${long}`,
    },
    { "12m": [], "14m45s": ["crash-loop backend"], "20m": ["crash-loop backend"], "40m": [] },
  ],
  [
    "a container restarts three times, each under a series of its own",
    Object.fromEntries(
      ["2000x3", "_x8 3000x3", "_x20 4000x200"].map((values, number) => [
        `container_start_time_seconds{namespace="todo",pod="backend-1",container="backend",id="${number}"}`,
        `_x39 ${values}`,
      ]),
    ),
    { "12m": [], "16m": ["crash-loop backend"] },
  ],
  [
    "a container restarts twice",
    {
      [inContainer("container_start_time_seconds", "backend")]: `1000x39 2000x3 _x3 3000x${long}`,
    },
    nothing,
  ],
  [
    "a container uses all of its CPU",
    {
      [inContainer("container_cpu_usage_seconds_total", "backend")]: `0+1.5x39 60+15x${long}`,
    },
    { "14m": [], "18m": ["high-cpu backend"] },
  ],
  [
    "a container uses all of its CPU for three minutes",
    {
      [inContainer("container_cpu_usage_seconds_total", "backend")]:
        `0+1.5x39 60+15x12 240+1.5x${long}`,
    },
    { "12m": [], "14m": [], "16m": [], "20m": [] },
  ],
  [
    "a container has four cores and uses one of them",
    {
      [inContainer("container_cpu_usage_seconds_total", "backend")]: `0+15x${long}`,
      [inContainer("container_spec_cpu_quota", "backend")]: `400000x${long}`,
    },
    nothing,
  ],
  [
    "kube-state-metrics tells limits in the kubelet's place, and a container uses all of its CPU",
    {
      ...limitsByKubeStateMetrics,
      [inContainer("container_cpu_usage_seconds_total", "backend")]: `0+1.5x39 60+15x${long}`,
    },
    { "14m": [], "18m": ["high-cpu backend"] },
  ],
  [
    "kube-state-metrics tells limits in the kubelet's place, and a container's memory fills up",
    {
      ...limitsByKubeStateMetrics,
      [inContainer("container_memory_working_set_bytes", "backend")]: turns("100e6", "200e6"),
    },
    { "11m30s": [], "12m15s": ["low-memory backend"] },
  ],
  ["nobody tells limits", withoutLimits, { "9m": [], "11m": ["metrics-missing"] }],
  [
    "a container has a twentieth of its memory left",
    { [inContainer("container_memory_working_set_bytes", "backend")]: turns("100e6", "200e6") },
    { "11m30s": [], "12m15s": ["low-memory backend"] },
  ],
  [
    "a container's memory is full of file pages",
    {
      [inContainer("container_memory_working_set_bytes", "database")]: `198e6x${long}`,
      [inContainer("container_memory_total_active_file_bytes", "database")]: `90e6x${long}`,
    },
    nothing,
  ],
  [
    "a container's memory is full, and its kubelet tells nothing of file pages",
    {
      [inContainer("container_memory_working_set_bytes", "backend")]: turns("100e6", "195e6"),
      [inContainer("container_memory_total_active_file_bytes", "backend")]: "_",
    },
    { "12m15s": ["low-memory backend"] },
  ],
  [
    "a container has no limits",
    {
      [inContainer("container_spec_memory_limit_bytes", "backend")]: `0x${long}`,
      [inContainer("container_spec_cpu_quota", "backend")]: "_",
    },
    nothing,
  ],
  [
    "the database's volume fills up, and only the backend tells",
    { [database("database_volume_free_bytes", 1)]: turns("500e6", "100e6") },
    { "14m": [], "15m15s": ["volume-filling-up"] },
  ],
  [
    "a large disk that the volume is a folder of is nearly full",
    {
      [database("database_volume_free_bytes", 1)]: `30e9x${long}`,
      [database("database_volume_size_bytes", 1)]: `300e9x${long}`,
    },
    nothing,
  ],
  [
    "such a disk has less left than the volume was asked for",
    {
      [database("database_volume_free_bytes", 1)]: turns("30e9", "0.9e9"),
      [database("database_volume_size_bytes", 1)]: `300e9x${long}`,
    },
    { "14m": [], "15m15s": ["volume-filling-up"] },
  ],
  [
    "a volume fills up, and the kubelet tells",
    {
      [`kubelet_volume_stats_available_bytes{namespace="todo",persistentvolumeclaim="data"}`]:
        turns("500e6", "100e6"),
      [`kubelet_volume_stats_capacity_bytes{namespace="todo",persistentvolumeclaim="data"}`]: `1000e6x${long}`,
    },
    { "14m": [], "15m15s": ["volume-filling-up data"] },
  ],
  [
    "the kubelet knows better than the backend",
    {
      [`kubelet_volume_stats_available_bytes{namespace="todo",persistentvolumeclaim="data"}`]: `500e6x${long}`,
      [`kubelet_volume_stats_capacity_bytes{namespace="todo",persistentvolumeclaim="data"}`]: `1000e6x${long}`,
      [database("database_volume_free_bytes", 1)]: `1e6x${long}`,
    },
    nothing,
  ],
  [
    "one request in ten fails",
    { [requests("backend", "/api/tasks", 500)]: `0x39 0+1x${long}` },
    { "10m": [], "20m": ["error-rate backend"] },
  ],
  [
    "one request in a hundred fails",
    { [requests("backend", "/api/tasks", 500)]: `0x39 0+0.1x${long}` },
    nothing,
  ],
  [
    "two requests fail, and hardly any are made",
    {
      [requests("backend", "/api/tasks", 200)]: `0+0.01x${long}`,
      [requests("backend", "/api/tasks", 500)]: `0x39 2x${long}`,
    },
    nothing,
  ],
  [
    "probes fail, because the database is away for the backend alone",
    {
      [requests("backend", "/readyz", 503)]: `0x39 0+10x${long}`,
      [requests("frontend", "probe", 503)]: `0x39 0+10x${long}`,
    },
    nothing,
  ],
  [
    "one request in ten takes two seconds",
    answers("frontend", "/api/tasks", 10, 0.1),
    { "4m": [], "10m": ["slow-answers frontend"] },
  ],
  ["one request in fifty takes two seconds", answers("frontend", "/api/tasks", 10, 0.02), nothing],
  [
    "chats take two seconds, as they do",
    {
      ...answers("backend", "/api/chat", 10, 1),
      ...answers("frontend", "/api/chat", 10, 1),
      ...answers("backend", "/mcp", 10, 1),
    },
    nothing,
  ],
  ["the few requests of a night are slow", answers("frontend", "/api/tasks", 0.5, 1), nothing],
  [
    "the database is away for one backend",
    { [database("database_up", 2)]: turns(1, 0) },
    { "10m45s": [], "11m15s": ["database-away"] },
  ],
  [
    "the language model stops answering",
    {
      [chats("openai", "ok")]: `0+1x39 39x${long}`,
      [chats("builtin", "fallback")]: `0x39 0+1x${long}`,
    },
    { "10m": [], "13m": [], "18m": ["model-away"] },
  ],
  [
    "the language model fails one chat in four",
    { [chats("builtin", "fallback")]: `0+0.3x${long}` },
    nothing,
  ],
  [
    "the only two chats of a night are too much for the language model",
    {
      [chats("openai", "ok")]: `0x${long}`,
      [chats("builtin", "fallback")]: `0x39 1x3 2x${long}`,
    },
    nothing,
  ],
  [
    "the mail server fails, until it sends again",
    { [mails("deferred")]: `0x39 1x${long}`, [mails("sent")]: `0x79 1x${long}` },
    { "9m": [], "13m": ["mail-away"], "19m": ["mail-away"], "22m": [] },
  ],
  [
    "a mail is deferred once and sent then",
    { [mails("deferred")]: `0x39 1x${long}`, [mails("sent")]: `0x41 1x${long}` },
    nothing,
  ],
  ["a recipient is refused", { [mails("refused")]: `0x39 1x${long}` }, nothing],
  [
    "the newest backup is 36 hours old",
    { [database("backup_last_success_timestamp_seconds", 1)]: `-${36 * 3600 - 1200}x${long}` },
    { "20m": [], "26m": ["backup-too-old backup"] },
  ],
  [
    "the newest backup is dated in the future, by a clock that was wrong",
    { [database("backup_last_success_timestamp_seconds", 1)]: `4e9x${long}` },
    { "4m": [], "6m": ["backup-too-old backup"] },
  ],
  [
    "the drill last found every row 60 hours ago, until it does again",
    {
      [database("backup_last_proof_timestamp_seconds", 1)]:
        `-${60 * 3600 - 1200}x${4 * 40} 2400x${long}`,
    },
    { "20m": [], "26m": ["backup-unproven backup"], "55m": [] },
  ],
  [
    "an image has two vulnerabilities that count, until it is updated",
    { [scanned("image_failing_vulnerabilities", "backend:1")]: `0x39 2x80 stale` },
    { "14m": [], "16m": ["image-vulnerable"], "29m": ["image-vulnerable"], "45m": [] },
  ],
  [
    "the latest scan's database is older than a week",
    {
      [scanned("image_scan_database_timestamp_seconds", "backend:1")]:
        `-${7 * 86_400 - 1200}x${long}`,
    },
    { "20m": [], "26m": ["scan-too-old"] },
  ],
  [
    "the kubelet's metrics are out of reach",
    Object.fromEntries(
      Object.keys(healthy)
        .filter((series) => series.startsWith("container_"))
        .map((series) => [series, goesAt(1)]),
    ),
    { "19m": [], "21m": ["metrics-missing"] },
  ],
  [
    "pods are replaced one by one",
    {
      ...Object.fromEntries(
        ["backend", "frontend"].flatMap((component) => [
          // A new pod is found before it answers; an old one stays listed after its last answer.
          [up(component, 3), `_x40 0x2 1x${long}`],
          [up(component, 1), `1x46 0x2 stale`],
          [up(component, 4), `_x48 0x2 1x${long}`],
          [up(component, 2), `1x54 0x2 stale`],
          ...Object.entries({
            ...container(component, { steps: 47 }),
            ...container(component, { number: 2, steps: 55 }),
            ...later(container(component, { number: 3, cpu: 0.8, memory: 120 }), 40),
            ...later(container(component, { number: 4, cpu: 0.8, memory: 120 }), 48),
          }),
        ]),
      ),
      [database("database_up", 3)]: `_x40 0x2 1x${long}`,
    },
    { "10m15s": [], "11m": [], "12m": [], "13m": [], "14m": [], "20m": [], "30m": [] },
  ],
  [
    "a Job takes all that it may, and completes",
    later(container("backup", { cpu: 1, memory: 199, file: 0, steps: minutes(20) }), minutes(10)),
    nothing,
  ],
  [
    "another namespace is on fire",
    {
      [up("backend", 1, "shop")]: `0x${long}`,
      ...container("backend", { namespace: "shop", cpu: 1, memory: 199, file: 0 }),
      [`database_up{namespace="shop"}`]: `0x${long}`,
      [`kubelet_volume_stats_available_bytes{namespace="shop",persistentvolumeclaim="data"}`]: `1x${long}`,
      [`kubelet_volume_stats_capacity_bytes{namespace="shop",persistentvolumeclaim="data"}`]: `1000x${long}`,
      [`backup_last_success_timestamp_seconds{namespace="shop"}`]: `-1e6x${long}`,
      [`http_requests_total{namespace="shop",component="backend",status="500",route="/"}`]: `0+100x${long}`,
    },
    nothing,
  ],
];

/** The same samples, some steps later. */
function later(series: Series, steps: number): Series {
  return Object.fromEntries(
    Object.entries(series).map(([name, values]) => [name, `_x${steps} ${values}`]),
  );
}

describe("alerts, in Prometheus' own engine", function () {
  before(async function () {
    await skipWithout(this, "promtool");
  });

  for (const [what, changed, expected] of scenarios) {
    const fires = [...new Set(Object.values(expected).flat())].join(", ") || "none";
    it(`${what}: ${fires}`, async () => {
      assert.equal(await faultsOf(alertsOf(alertArgs), { ...healthy, ...changed }, expected), "");
    });
  }

  it("each fire in one of these, and in none but by their own cause", () => {
    const firing = scenarios.flatMap(([, , expected]) => Object.values(expected).flat());
    const seen = new Set(firing.map((name) => name.split(" ")[0]));
    assert.deepEqual([...seen].sort(), [...alertNames].sort());
  });

  it("tell after as many hours as a backup may be old that there never was one", async () => {
    const hours = (count: number) => `1x${minutes(60 * count)}`;
    const series = {
      ...Object.fromEntries(
        ["backend", "frontend"].flatMap((part) =>
          [1, 2].map((number) => [up(part, number), hours(2)]),
        ),
      ),
      [inContainer("container_cpu_usage_seconds_total", "backend")]: hours(2),
      [inContainer("container_memory_working_set_bytes", "backend")]: hours(2),
      [inContainer("container_spec_memory_limit_bytes", "backend")]: `2x${minutes(120)}`,
      [database("database_up", 1)]: hours(2),
    };
    const impatient = {
      ...alertArgs,
      databaseInstances: undefined,
      databaseArchive: false,
      thresholds: { ...alertArgs.thresholds, backupHours: 1 },
    };
    const expected = { "50m": [], "1h1m": ["backup-too-old backup"] };
    assert.equal(await faultsOf(alertsOf(impatient), series, expected), "");
    assert.equal(
      await faultsOf(alertsOf({ ...impatient, backups: false }), series, { "1h1m": [] }),
      "",
    );
  });

  it("keep quiet about old backups where none are made any more", async () => {
    const old = { [database("backup_last_success_timestamp_seconds", 1)]: `-1e6x${long}` };
    const alerts = alertsOf({ ...alertArgs, backups: false });
    assert.equal(await faultsOf(alerts, { ...healthy, ...old }, nothing), "");
  });

  it("tell after an hour that the archive has no base backup", async () => {
    const series = Object.fromEntries(
      [1, 2, 3].map((number) => [baseBackup("available", number), `0x${minutes(120)}`]),
    );
    const alerts = archiveAlerts({ inNamespace: 'namespace="todo"', hold: (seconds) => seconds });
    const expected = { "59m": [], "1h1m": ["database-archive-failing database"] };
    assert.equal(await faultsOf(alerts, series, expected), "");
  });

  it("keep quiet about the archive where there is none any more", async () => {
    const alerts = alertsOf({ ...alertArgs, databaseArchive: false });
    const failing = { [wal("failed")]: `1e6x${long}` };
    assert.equal(await faultsOf(alerts, { ...healthy, ...failing }, nothing), "");
  });

  it("keep quiet about scans where images are not scanned any more, and where they never were", async () => {
    const old = {
      [scanned("image_failing_vulnerabilities", "backend:1")]: `2x${long}`,
      [scanned("image_scan_database_timestamp_seconds", "backend:1")]: `-1e6x${long}`,
    };
    const off = alertsOf({ ...alertArgs, scans: false });
    assert.equal(await faultsOf(off, { ...healthy, ...old }, nothing), "");
    const never = Object.entries(healthy).filter(([series]) => !series.startsWith("image_"));
    assert.equal(await faultsOf(alertsOf(alertArgs), Object.fromEntries(never), nothing), "");
  });

  it("wait as long as the stack's patience says", async () => {
    const series = { ...healthy, [up("backend", 1)]: turns(1, 0) };
    const alerts = alertsOf({ ...alertArgs, alertForPercent: 25 });
    const expected = { "10m15s": [], "10m45s": ["pod-down backend"] };
    assert.equal(await faultsOf(alerts, series, expected), "");
  });

  for (const [alert, changed, time, expected] of [
    [
      "pod-down",
      { [up("backend", 1)]: turns(1, 0) },
      "20m",
      {
        labels: { namespace: "todo", component: "backend", severity: "critical" },
        summary: "backend pods are down",
        description: "Fewer than 2 backend pods can be scraped.",
      },
    ],
    [
      "low-memory",
      { [inContainer("container_memory_working_set_bytes", "backend")]: `200e6x${long}` },
      "20m",
      {
        labels: { namespace: "todo", pod: "backend-1", container: "backend", severity: "warning" },
        summary: "backend is close to its memory limit",
        description:
          "Container backend of backend-1 has 5% of its memory limit left; at the limit it is killed.",
      },
    ],
    [
      "volume-filling-up",
      { [database("database_volume_free_bytes", 1)]: `100e6x${long}` },
      "20m",
      {
        labels: { namespace: "todo", severity: "critical" },
        summary: "A volume is filling up",
        description: "10% of the database's volume is free; when it is full, nothing can be saved.",
      },
    ],
    [
      "backup-too-old",
      { [database("backup_last_success_timestamp_seconds", 1)]: `-${40 * 3600 - 1200}x${long}` },
      "20m",
      {
        labels: { namespace: "todo", severity: "warning", component: "backup" },
        summary: "The newest backup is too old",
        description:
          "The newest backup of the database is 1d 16h 0m 0s old; the limit is 36 hours.",
      },
    ],
    [
      "image-vulnerable",
      { [scanned("image_failing_vulnerabilities", "backend:1", 2)]: `2x${long}` },
      "20m",
      {
        labels: { namespace: "todo", severity: "warning", image: "backend:1" },
        summary: "A deployed image has known vulnerabilities",
        description: "backend:1 has known vulnerabilities (2) that images.scan does not let pass.",
      },
    ],
    [
      "scan-too-old",
      {
        [scanned("image_scan_database_timestamp_seconds", "postgres:17")]:
          `-${8 * 86_400 - 1200}x${long}`,
      },
      "20m",
      {
        labels: { namespace: "todo", severity: "warning" },
        summary: "The latest scan of the images is too old",
        description:
          "What is deployed was last scanned with a vulnerability database that is 8d 0h 0m 0s old; the limit is 7 days.",
      },
    ],
  ] as const) {
    it(`say what they see: ${alert}`, async () => {
      const series: Series = { ...healthy, ...changed };
      assert.equal(await textFaultsOf(alertsOf(alertArgs), series, time, alert, expected), "");
    });
  }
});
