import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";

import { Person, Traffic } from "../e2e/client.ts";
import { testCluster } from "../e2e/clusters.ts";
import { sql } from "../e2e/database.ts";
import { cordon, evict } from "../e2e/nodes.ts";
import { cluster, eventually, namespace } from "../e2e/project.ts";
import { answeredBy, sharesSince } from "../e2e/shares.ts";
import { SideServer } from "../e2e/side-server.ts";
import { skip } from "../skip.ts";
import { stack } from "../e2e/stack.ts";

const rollouts = Number(process.env.TODO_SOAK_ROLLOUTS ?? 20);

/** A language model that takes six seconds to say twelve words, so that streams are always open. */
const slowModel = `import { createServer } from "node:http";
createServer(async (request, response) => {
  for await (const _ of request);
  response.setHeader("content-type", "text/event-stream");
  const send = (choice) => response.write("data: " + JSON.stringify({ choices: [{ index: 0, ...choice }] }) + "\\n\\n");
  for (let word = 0; word < 12; word += 1) {
    send({ delta: { content: "word " } });
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  send({ delta: {}, finish_reason: "stop" });
  response.end("data: [DONE]\\n\\n");
}).listen(8080);`;

/** What came of the load. */
interface Result {
  /** Requests, and how many of them failed, by kind. */
  readonly requests: Readonly<Record<string, string>>;
  readonly failures: readonly string[];
  readonly acknowledged: number;
  /** Writes that were acknowledged and are not there. */
  readonly lost: readonly string[];
}

let loads = 0;

/** What people do all at once, whether or not answers come, until it ends. */
class Load {
  readonly #kinds: Readonly<Record<string, Traffic>>;
  readonly #mark: string;
  readonly #acknowledged: string[] = [];

  /** @param talkers enough that none of them sends a message too often */
  constructor(reader: Person, talkers: readonly Person[]) {
    this.#mark = `load ${process.pid} ${(loads += 1)}`;
    // Nobody may have more than a thousand tasks.
    const writers: Promise<Person>[] = [];
    const page = async () => {
      const response = await fetch(stack.url, { signal: AbortSignal.timeout(15_000) });
      assert.equal(response.status, 200);
      await response.text();
    };
    const write = async (index: number) => {
      const writer = await (writers[Math.floor(index / 900)] ??= newcomer());
      const title = `${this.#mark}: ${index}`;
      await writer.ask("POST", "/api/tasks", { title });
      this.#acknowledged.push(title);
    };
    this.#kinds = {
      reads: new Traffic(() => reader.titles(), 20),
      pages: new Traffic(page, 5),
      writes: new Traffic(write, 4),
      // Its token is used by all reads that follow, at whatever pod.
      signIns: new Traffic(() => reader.signIn(), 0.5),
      streams: new Traffic((index) => talkers[index % talkers.length]!.hear("go on"), 0.5),
    };
  }

  async end(): Promise<Result> {
    const kinds = Object.entries(this.#kinds);
    await Promise.all(kinds.map(([, traffic]) => traffic.stop()));
    const titles = await eventually(60, () =>
      sql(`SELECT title FROM todo.tasks WHERE title LIKE '${this.#mark}: %'`),
    );
    const there = new Set(titles.split("\n"));
    const result: Result = {
      requests: Object.fromEntries(
        kinds.map(([kind, { sent, failures }]) => [kind, `${failures.length} of ${sent} failed`]),
      ),
      failures: kinds.flatMap(([kind, { failures }]) => failures.map((each) => `${kind} ${each}`)),
      acknowledged: this.#acknowledged.length,
      lost: this.#acknowledged.filter((title) => !there.has(title)),
    };
    const { requests, acknowledged, lost } = result;
    console.log(
      `      ${JSON.stringify(requests)}; ${lost.length} of ${acknowledged} acknowledged writes lost`,
    );
    for (const failure of result.failures.slice(0, 5)) console.log(`        ${failure}`);
    return result;
  }
}

async function newcomer(): Promise<Person> {
  const person = new Person(stack.url);
  await person.register();
  return person;
}

describe(`under load, on ${stack.context}`, function () {
  this.timeout(3_600_000);
  this.slow(600_000);

  let reader: Person;
  const talkers: Person[] = [];
  let model: SideServer;

  const core = () => stack.core();
  const podsOf = async (component: string): Promise<V1Pod[]> => {
    const labelSelector = `app.kubernetes.io/component=${component}`;
    const { items } = await core().listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  };
  const succeeds = async (...values: readonly string[]) => {
    const { code, output } = await stack.start(...values);
    assert.equal(code, 0, output);
  };
  /** Nothing failed, nothing was lost, and there was something. */
  const assertHeld = ({ failures, acknowledged, lost }: Result) => {
    assert.deepEqual(failures.slice(0, 20), [], `${failures.length} requests failed`);
    assert.deepEqual(lost, []);
    assert.ok(acknowledged > 20, `only ${acknowledged} writes were acknowledged`);
  };

  async function begin(): Promise<void> {
    const usual = ["monitoring.mode=off", "backend.replicas=2", "frontend.replicas=2"];
    await stack.running(...usual);
    model = await SideServer.start("model", 8080, { "main.ts": slowModel });
    const path = "todo-chatbot:openai.apiKey";
    const { code, output } = await stack.todo(
      ...["pulumi", "config", "set", "--path", "--secret", path, "of no use"],
    );
    assert.equal(code, 0, output);
    reader = await stack.running(...usual, `openai.baseUrl=${model.url}/v1`);
    for (let task = 0; task < 10; task += 1) {
      await reader.ask("POST", "/api/tasks", { title: `task ${task}` });
    }
    talkers.length = 0;
    for (let one = 0; one < 4; one += 1) talkers.push(await newcomer());
    await reader.hear("go on");
    await calm();
  }

  /** A NodePort may reset connections for a second after pods came. */
  async function calm(): Promise<void> {
    await eventually(60, async () => {
      for (let answers = 0; answers < 20; answers += 1) await reader.titles();
    });
  }

  before(begin);
  after(async () => {
    await stack.todo("pulumi", "config", "rm", "--path", "todo-chatbot:openai");
    await (model as SideServer | undefined)?.remove();
  });

  it(`loses no request and no write in ${rollouts} rolling updates of both parts`, async () => {
    const load = new Load(reader, talkers);
    for (let round = 0; round < rollouts; round += 1) {
      const level = round % 2 === 0 ? "warn" : "info";
      await succeeds(`backend.logLevel=${level}`, `frontend.logLevel=${level}`);
    }
    await succeeds("backend.logLevel=info", "frontend.logLevel=info");
    // Old pods finish what they have before they go.
    await sleep(20_000);
    assertHeld(await load.end());
  });

  it("loses no request and no write when the secrets are rotated", async () => {
    const load = new Load(reader, talkers);
    await succeeds("secrets.rotation=1");
    await sleep(20_000);
    assertHeld(await load.end());
  });

  for (const component of ["backend", "frontend", "database"]) {
    it(`loses no acknowledged write when a pod of the ${component} is killed`, async () => {
      const load = new Load(reader, talkers);
      for (let kill = 0; kill < 2; kill += 1) {
        await sleep(5_000);
        const [victim] = await podsOf(component);
        // Not 0: a new database would not wait for the end of the old one, with the same files.
        await core().deleteNamespacedPod({
          ...{ namespace, name: victim?.metadata?.name ?? "", gracePeriodSeconds: 1 },
        });
        await eventually(120, async () => {
          const pods = await podsOf(component);
          const ready = pods.filter(({ metadata, status }) => {
            const isReady = status?.conditions?.some(
              (is) => is.type === "Ready" && is.status === "True",
            );
            return metadata?.uid !== victim?.metadata?.uid && isReady;
          });
          assert.equal(ready.length, component === "database" ? 1 : 2);
        });
      }
      await sleep(5_000);
      const { failures, lost } = await load.end();
      const [first = "none", last = first] = [failures[0], failures.at(-1)];
      console.log(`      the first failure: ${first}; the last: ${last}`);
      assert.deepEqual(lost, []);
      await calm();
    });
  }

  it("gives each of two backends its share of one frontend's requests, and a third one that joins", async () => {
    await succeeds("frontend.replicas=1");
    const answered = () => answeredBy(cluster(stack.context).config, namespace);
    const assertShares = async (replicas: number) => {
      const before = await answered();
      await sleep(15_000);
      const own = [...sharesSince(before, await answered()).values()];
      const share = own.reduce((sum, count) => sum + count, 0) / replicas;
      console.log(`      ${replicas} backends answered ${own.join(", ")} requests`);
      assert.equal(own.length, replicas);
      assert.ok(share > 50, `only ${share} requests each`);
      for (const count of own) assert.ok(Math.abs(count - share) <= share * 0.2);
    };
    const load = new Load(reader, talkers);
    await sleep(3_000);
    await assertShares(2);
    await succeeds("backend.replicas=3");
    await assertShares(3);
    assertHeld(await load.end());
    await succeeds("frontend.replicas=2", "backend.replicas=2");
  });

  it("loses no request and no write when a node is drained", async function () {
    if (testCluster.makeNodes === undefined)
      skip(this, "only a kind cluster gets a second node here");
    await testCluster.remove();
    await testCluster.makeNodes(1);
    await begin();
    const [database] = await podsOf("database");
    const { items: nodes } = await core().listNode();
    const node = nodes.find(({ metadata }) => metadata?.name !== database?.spec?.nodeName);
    const name = node?.metadata?.name ?? "";
    const onNode = async () =>
      (await Promise.all(["backend", "frontend"].map(podsOf)))
        .flat()
        .filter(({ spec }) => spec?.nodeName === name);
    const components = (await onNode()).map(
      ({ metadata }) => metadata?.labels?.["app.kubernetes.io/component"],
    );
    assert.deepEqual(components.sort(), ["backend", "frontend"]);

    const load = new Load(reader, talkers);
    await sleep(3_000);
    await cordon(name);
    for (const { metadata } of await onNode()) {
      await eventually(120, () => evict(metadata?.name ?? ""));
    }
    await eventually(120, async () => {
      assert.deepEqual(await onNode(), []);
    });
    await sleep(20_000);
    assertHeld(await load.end());
    await cordon(name, false);
  });
});
