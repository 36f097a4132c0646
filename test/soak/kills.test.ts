import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { CoreV1Api, V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";

import { knowsRelease } from "../../cli/pulumi/deployment.ts";
import type { StackState } from "../../cli/pulumi/stack.ts";
import { Person } from "../e2e/client.ts";
import { testCluster } from "../e2e/clusters.ts";
import { content, podOf, sql } from "../e2e/database.ts";
import { Elsewhere } from "../e2e/elsewhere.ts";
import type { Ending } from "../e2e/processes.ts";
import { endings } from "../e2e/processes.ts";
import type { Ended } from "../e2e/project.ts";
import { changesIn, cluster, eventually, namespace } from "../e2e/project.ts";
import { set, stack } from "../e2e/stack.ts";
import { leftovers } from "./aftermath.ts";
import type { Phase, Point } from "./points.ts";
import { spread } from "./points.ts";

const count = Number(process.env.TODO_SOAK_POINTS ?? 50);
const seed = Number(process.env.TODO_SOAK_SEED ?? Date.now() % 1_000_000);
/** Operations to interrupt, by their names and separated by commas; default all. */
const only = process.env.TODO_SOAK_ONLY?.split(",");

/** Little, so that each try takes little time. */
const settings = ["backend.replicas=1", "frontend.replicas=1", "monitoring.mode=off"];

/** Whether a phase has begun, by what the command has printed and what is in the cluster. */
type When = (output: string) => boolean | Promise<boolean>;

interface Moment extends Phase {
  readonly when: When;
}

/** A command that is interrupted, with what has to hold besides. */
interface Operation {
  /** What it begins with; default the stack as it is, up. */
  prepare?(): Promise<void>;
  command(): string[];
  check?(): Promise<void>;
}

describe(`commands that are interrupted, on ${stack.context}`, function () {
  this.timeout(1_200_000);
  this.slow(300_000);

  let core: CoreV1Api;
  let elsewhere: Elsewhere;
  let person: Person | undefined;
  let isUp = false;
  /** Names of Helm's records, and the database's password, before the command. */
  let was = { records: [] as readonly string[], password: "" };
  let backup = { name: "", rows: [] as string[] };
  let rotation = 0;
  let edited = false;
  let moveTo: "external" | "bundled" = "external";

  const succeeds = async (command: Promise<Ended>): Promise<string> => {
    const { code, output } = await command;
    assert.equal(code, 0, output);
    return output;
  };

  // What there is, for the moments: undefined or false while nobody answers.
  const records = async () => {
    const answer = core.listNamespacedSecret({ namespace, labelSelector: "owner=helm" });
    const items = await answer.then(
      (list) => list.items,
      () => undefined,
    );
    return items?.map(({ metadata }) => ({
      name: metadata?.name ?? "",
      status: metadata?.labels?.["status"] ?? "",
    }));
  };
  const secretValue = async (name: string, key: string) => {
    const { data } = await core.readNamespacedSecret({ namespace, name });
    return Buffer.from(data?.[key] ?? "", "base64").toString();
  };
  const claim = (): Promise<V1PersistentVolumeClaim | undefined> =>
    core
      .readNamespacedPersistentVolumeClaim({ namespace, name: "todo-chatbot-data" })
      .catch(() => undefined);
  const namespacePhase = async () => {
    const { items } = await core.listNamespace();
    return items.find(({ metadata }) => metadata?.name === namespace)?.status?.phase;
  };
  const pods = async (): Promise<V1Pod[]> =>
    (await core.listNamespacedPod({ namespace }).catch(() => ({ items: [] }))).items;
  const isExternal = async () =>
    !(await secretValue("database-secret", "DATABASE_URL")).includes("@database-service");

  const printed =
    (pattern: RegExp): When =>
    (output) =>
      pattern.test(output);
  /** Helm has a record of this status that is new since the command began. */
  const recorded =
    (status: string): When =>
    async () =>
      (await records())?.some(
        (record) => record.status === status && !was.records.includes(record.name),
      ) ?? false;
  const there =
    (look: () => Promise<unknown>): When =>
    () =>
      look().then(Boolean, () => false);

  /** Phases of one operation, in order. */
  const phases = (
    operation: string,
    ...each: readonly (readonly ["edge" | "phase", string, When, spreadMs?: number])[]
  ): Moment[] =>
    each.map(([kind, phase, when, spreadMs]) => {
      const isEdge = kind === "edge";
      return { operation, phase, when, isEdge, spreadMs: spreadMs ?? (isEdge ? 600 : 4_000) };
    });

  const start = (...values: readonly string[]) => ["start", ...stack.place, ...set(values)];
  const helmHas = (what: "install" | "upgrade") =>
    [
      // Its plugin goes on where the group alone is killed, and nobody hears that it has finished.
      ["edge", "Helm has begun", recorded(`pending-${what}`), 4_000],
      ["edge", "Helm has finished", recorded("deployed"), 100],
      ["edge", "the state knows the release", printed(/Release release (created|updated) /)],
      ["phase", "Pulumi has ended", printed(/^Resources:/m), 1_000],
    ] as const;

  const operations: Record<string, Operation & { moments: Moment[] }> = {
    "first start": {
      moments: phases(
        "first start",
        ["phase", "Pulumi begins", printed(/Deploying stack/)],
        ["edge", "the namespace is there", there(namespacePhase)],
        [
          "edge",
          "the Secrets are there",
          there(() => secretValue("auth-secret", "JWT_SECRET_KEY")),
        ],
        ["edge", "the PVC is there", there(claim)],
        ["edge", "a pod is there", there(async () => (await pods()).length > 0)],
        ...helmHas("install"),
      ),
      async prepare() {
        if ((await namespacePhase()) !== undefined) await succeeds(stack.down());
        await gone();
        isUp = false;
        person = undefined;
      },
      command: () => start(...settings),
    },
    upgrade: {
      moments: phases(
        "upgrade",
        ["phase", "Pulumi begins", printed(/Deploying stack/)],
        ["phase", "an image is built", printed(/Image images-frontend \w+ing/)],
        ...helmHas("upgrade"),
      ),
      async prepare() {
        // To and fro, so that each image is built once.
        const [plain, other] = ["<title>", "<title>Edited "];
        const change = edited ? ([other, plain] as const) : ([plain, other] as const);
        await stack.project.edit("images/frontend/index.html", ...change);
        edited = !edited;
      },
      command: () => start(),
      async check() {
        await eventually(30, async () => {
          const page = await (await fetch(stack.url)).text();
          assert.equal(page.includes("<title>Edited "), edited);
        });
      },
    },
    rotation: {
      moments: phases(
        "rotation",
        ["phase", "Pulumi begins", printed(/Deploying stack/)],
        [
          "edge",
          "the Secrets are other ones",
          there(
            async () => (await secretValue("db-credentials", "POSTGRES_PASSWORD")) !== was.password,
          ),
        ],
        ...helmHas("upgrade"),
      ),
      prepare() {
        rotation += 1;
        return Promise.resolve();
      },
      command: () => start(`secrets.rotation=${rotation}`),
      async check() {
        assert.notEqual(await secretValue("db-credentials", "POSTGRES_PASSWORD"), was.password);
      },
    },
    restore: {
      moments: phases(
        "restore",
        [
          "phase",
          "its pod is there",
          there(async () =>
            (await pods()).some(
              ({ metadata, status }) =>
                metadata?.name?.startsWith("backups-") === true && status?.phase === "Running",
            ),
          ),
          500,
        ],
        ["edge", "it begins", printed(/Restoring /), 2_000],
        ["edge", "it has ended", printed(/✓ restored/), 200],
      ),
      async prepare() {
        if (backup.name === "") {
          const output = await succeeds(stack.todo("db backup"));
          backup = { name: /✓ (todo-\S+\.dump)/.exec(output)?.[1] ?? "", rows: await rows() };
        }
        await person?.ask("POST", "/api/tasks", { title: "written after the backup" });
      },
      command: () => ["todo", "db", "restore", "--stack", stack.name, backup.name, "--yes"],
    },
    move: {
      moments: phases(
        "move",
        ["phase", "the target is looked at", printed(/Checking the \w+ database/), 1_000],
        ["edge", "the source becomes read-only", printed(/Making the database read-only/)],
        ["edge", "the data are copied", printed(/Copying the data/), 2_000],
        ["phase", "Pulumi begins", printed(/rows, equal in both[^]*Deploying stack/)],
        [
          "edge",
          "Helm has finished",
          async (output) =>
            /rows, equal in both[^]*Deploying stack/.test(output) &&
            (await recorded("deployed")(output)),
        ],
        ["edge", "the application has the copy", printed(/The database was read-only for/), 2_000],
      ),
      async prepare() {
        moveTo = (await isExternal()) ? "bundled" : "external";
        await person?.ask("POST", "/api/tasks", { title: "to be moved" });
      },
      command: () => {
        const to =
          moveTo === "external" ? ["external", "--url-from-env", "E2E_DATABASE"] : [moveTo];
        const ca = moveTo === "external" ? ["--ca", elsewhere.ca] : [];
        const options = ["--stack", stack.name, "--to", ...to, ...ca, "--replace", "--yes"];
        return ["todo", "db", "move", ...options];
      },
      async check() {
        await succeeds(stack.todo("db move", "--stop"));
        await eventually(30, async () => {
          await person?.ask("POST", "/api/tasks", { title: "writable again" });
        });
      },
    },
    down: {
      moments: phases(
        "down",
        ["phase", "Pulumi begins", printed(/ deleting /), 2_000],
        [
          "edge",
          "Helm uninstalls",
          there(async () => (await records())?.some(({ status }) => status === "uninstalling")),
        ],
        ["edge", "Helm has uninstalled", there(async () => (await records())?.length === 0)],
        [
          "edge",
          "the PVC goes",
          there(async () => (await claim())?.metadata?.deletionTimestamp !== undefined),
        ],
        [
          "edge",
          "the namespace goes",
          there(async () => (await namespacePhase()) === "Terminating"),
        ],
        ["edge", "the namespace is gone", async () => (await namespacePhase()) === undefined],
        ["phase", "Pulumi has ended", printed(/^Resources:/m), 1_000],
      ),
      prepare: ensureBundled,
      command: () => ["down", "--stack", stack.name],
    },
  };

  const chosen = Object.entries(operations).filter(([name]) => only?.includes(name) ?? true);
  const points = spread(
    chosen.flatMap(([, { moments }]) => moments),
    Object.keys(endings) as Ending[],
    count,
    seed,
  );
  /** By phase and ending. */
  const outcomes = new Map<string, { tries: number; held: number; late: number; failed: number }>();

  async function rows(): Promise<string[]> {
    const ask = (await isExternal()) ? (statement: string) => elsewhere.sql(statement) : sql;
    return content(ask);
  }

  async function gone(): Promise<void> {
    await eventually(120, async () => {
      assert.equal(await namespacePhase(), undefined, "the namespace is still there");
    });
  }

  /** Brings the stack up, with a person who has written something. */
  async function ensureUp(): Promise<Person> {
    if (!isUp) await succeeds(stack.start(...settings));
    isUp = true;
    if (person !== undefined) return person;
    person = new Person(stack.url);
    await person.register();
    await person.ask("POST", "/api/tasks", { title: "water the plants" });
    await person.ask("POST", "/api/chat", { message: "add buy milk" });
    return person;
  }

  async function ensureBundled(): Promise<void> {
    if (!(await isExternal())) return;
    await succeeds(stack.todo("db move", "--to", "bundled", "--replace", "--yes"));
  }

  /** `npm start` by a person who does what it says where a killed `npm run down` still has effects. */
  async function startAgain(): Promise<string> {
    const first = await stack.start();
    if (first.code === 0) return first.output;
    if (/PVC \S+ is being deleted .* npm run down, npm start/.test(first.output)) {
      console.log("      told to finish npm run down first");
      await succeeds(stack.down());
    } else assert.match(first.output, /is being deleted, .* Wait until it is gone/);
    await gone();
    return succeeds(stack.start());
  }

  /** Nothing to do, nothing left behind, nothing that differs from what was deployed. */
  async function assertSettled(): Promise<void> {
    assert.deepEqual(changesIn(await succeeds(stack.start())), []);
    assert.deepEqual(await leftovers(), []);
    await succeeds(stack.todo("drift"));
  }

  /** Waits until Helm is at work no more, for a minute at most. */
  async function quiet(): Promise<void> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
      const statuses = (await records())?.map(({ status }) => status) ?? [];
      if (!statuses.some((status) => /^pending-|^uninstalling$/.test(status))) return;
      await sleep(500);
    }
  }

  /** What Helm has, and whether the state knows of it. */
  async function standing(): Promise<string> {
    const file = `.todo-chatbot/state/.pulumi/stacks/todo-chatbot/${stack.name}.json`;
    const text = await readFile(join(stack.project.folder, file), "utf8").catch(() => "{}");
    const { checkpoint } = JSON.parse(text) as { checkpoint?: { latest?: Partial<StackState> } };
    const isKnown = knowsRelease({ resources: checkpoint?.latest?.resources ?? [] });
    const statuses = (await records())?.map(({ status }) => status).join(", ");
    return `Helm: ${statuses || "nothing"}; the state ${isKnown ? "has" : "does not have"} the release`;
  }

  async function attempt(
    { phase, ending, delayMs }: Point<Moment, Ending>,
    repairs: boolean,
  ): Promise<"held" | "late"> {
    const { prepare, command, check } = operations[phase.operation]!;
    if (phase.operation !== "first start") await (await ensureUp()).signIn();
    await prepare?.();
    const wrote = isUp ? await rows() : undefined;
    const claimed = (await claim())?.metadata?.uid;
    was = {
      records: (await records())?.map(({ name }) => name) ?? [],
      password: isUp ? await secretValue("db-credentials", "POSTGRES_PASSWORD") : "",
    };

    const moment = async (output: string) => {
      if (!(await phase.when(output))) return false;
      await sleep(delayMs);
      return true;
    };
    const [name = "", ...args] = command();
    const ended = await stack.project.endAt(moment, ending, name, ...args);
    // Its plugin goes on without it; every other time it has the time to finish, unheard.
    if (ending === "SIGKILL of the group" && delayMs % 2 === 0) await quiet();
    console.log(
      `      ${ended.wasEnded ? "ended" : "ended by itself"} after ${ended.took} s; ${await standing()}`,
    );
    if (!ended.wasEnded) assert.equal(ended.code, 0, ended.output);

    if (repairs) await succeeds(stack.todo("repair"));
    await startAgain();
    isUp = true;
    await assertSettled();

    const now = await eventually(30, rows);
    if (phase.operation === "down" && claimed !== (await claim())?.metadata?.uid) {
      // As it was asked to: everything is new.
      assert.match(now.join(), /accounts 0/);
      person = undefined;
      backup = { name: "", rows: [] };
    } else if (wrote !== undefined) {
      const isRestored = phase.operation === "restore" && now.join() === backup.rows.join();
      assert.deepEqual(now, isRestored ? backup.rows : wrote);
      if (phase.operation === "down") await person?.signIn();
      // Otherwise the session of before goes on.
      await eventually(30, async () => person?.titles());
    }
    await check?.();
    return ended.wasEnded ? "held" : "late";
  }

  before(async () => {
    console.log(`      ${points.length} points, TODO_SOAK_SEED=${seed}`);
    person = await stack.running(...settings);
    isUp = true;
    core = stack.core();
    if (only?.includes("move") === false) return;
    const { config } = cluster(stack.context);
    elsewhere = new Elsewhere(config, core, `${namespace}-elsewhere`);
    const pod = await core.readNamespacedPod({ namespace, name: await podOf("database") });
    await elsewhere.start(pod.spec?.containers[0]?.image ?? "");
    stack.project.env["E2E_DATABASE"] = elsewhere.url();
  });

  after(async () => {
    console.table(Object.fromEntries(outcomes));
    const sum = (of: "held" | "late" | "failed") =>
      [...outcomes.values()].reduce((total, each) => total + each[of], 0);
    console.log(
      `      ${sum("held")} held, ${sum("failed")} failed, ${sum("late")} ended before their moment; TODO_SOAK_SEED=${seed}`,
    );
    await (elsewhere as Elsewhere | undefined)?.remove();
  });

  /** After a failure: everything from the beginning. */
  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    await stack.down();
    await core.deleteNamespace({ name: namespace }).catch(() => undefined);
    await gone();
    await rm(stack.project.home, { recursive: true, force: true });
    [isUp, person, backup, rotation] = [false, undefined, { name: "", rows: [] }, 0];
  });

  for (const [index, point] of points.entries()) {
    const { phase, ending, delayMs } = point;
    // Start recovers by itself; a move that was killed asks for repair.
    const repairs = index % 3 !== 2 || phase.operation === "move";
    const commands = repairs ? "repair, start, start" : "start, start";
    it(`${phase.operation}: ${ending}, ${delayMs} ms after “${phase.phase}”; ${commands}`, async () => {
      const key = `${phase.operation}: ${phase.phase}, ${ending}`;
      const row = outcomes.get(key) ?? { tries: 0, held: 0, late: 0, failed: 0 };
      outcomes.set(key, row);
      row.tries += 1;
      row.failed += 1;
      const outcome = await attempt(point, repairs).catch((error: unknown) => {
        console.log(`      ${String(error).slice(0, 2_000)}`);
        throw error;
      });
      row[outcome] += 1;
      row.failed -= 1;
    });
  }

  describe("and others", () => {
    before(async () => {
      await ensureUp();
      await ensureBundled();
    });
    beforeEach(async () => {
      await (await ensureUp()).signIn();
      was = { ...was, records: (await records())?.map(({ name }) => name) ?? [] };
    });

    it("an update during which the cluster's node stops ends, and the next start finishes it", async () => {
      await operations["upgrade"]!.prepare?.();
      const wrote = await rows();
      const updating = stack.start();
      await eventually(120, async () => {
        assert.ok(await recorded("pending-upgrade")(""));
      });
      await testCluster.stop();
      const { code, output, took } = await updating;
      assert.notEqual(code, 0, output);
      console.log(`      the update ended after ${took} s`);

      await succeeds(stack.start());
      await assertSettled();
      assert.deepEqual(await eventually(30, rows), wrote);
      await operations["upgrade"]!.check?.();
    });

    it("a second update while one runs is refused in a sentence, and the first one finishes", async () => {
      await operations["upgrade"]!.prepare?.();
      const first = stack.start();
      await eventually(120, async () => {
        assert.ok(await recorded("pending-upgrade")(""));
      });
      const second = await stack.start();
      assert.equal(second.code, 1, second.output);
      assert.match(
        second.output,
        /The state of stack \w+ is locked by an update of \S+ \(process \d+\)\. Wait until it has ended/,
      );
      assert.ok(second.took < 30, `it took ${second.took} s`);
      await succeeds(first);
      await assertSettled();
    });

    it("of two updates that begin at once one is refused in a sentence at most", async () => {
      await operations["upgrade"]!.prepare?.();
      const both = await Promise.all([stack.start(), stack.start()]);
      const refused = both.filter(({ code }) => code !== 0);
      assert.ok(refused.length <= 1, both.map(({ output }) => output).join("\n"));
      for (const { output } of refused) assert.match(output, /locked by/);
      await succeeds(stack.start());
      await assertSettled();
    });

    it("down says within seconds which pod holds a PVC, and deletes nothing", async () => {
      const app = (await pods()).find(({ metadata }) => metadata?.name?.startsWith("backend-"));
      const [container] = app?.spec?.containers ?? [];
      await core.createNamespacedPod({
        namespace,
        body: {
          metadata: { name: "holder" },
          spec: {
            securityContext: app?.spec?.securityContext,
            containers: [
              {
                name: "holder",
                image: container?.image,
                command: ["sleep", "3600"],
                securityContext: container?.securityContext,
                volumeMounts: [{ name: "data", mountPath: "/held" }],
              },
            ],
            volumes: [{ name: "data", persistentVolumeClaim: { claimName: "todo-chatbot-data" } }],
          },
        },
      });
      const { code, output, took } = await stack.down();
      assert.equal(code, 1, output);
      assert.match(output, /Nothing was deleted\. Pod holder uses PVC todo-chatbot-data/);
      assert.ok(took < 30, `it took ${took} s`);
      await person?.titles();
      await core.deleteNamespacedPod({ namespace, name: "holder", gracePeriodSeconds: 0 });
      await assertSettled();
    });
  });
});
