import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createNamespace, installChart } from "./chart.ts";
import { Person } from "./client.ts";
import { testCluster } from "./clusters.ts";
import type { Marks } from "./objects.ts";
import { changedIn, marksOf } from "./objects.ts";
import { changesIn, cluster, eventually, namespace } from "./project.ts";
import type { Ended, ProjectCopy } from "./project.ts";
import { inOrder, stack } from "./stack.ts";

/** Namespace of a plain `helm install`. */
const plain = "plain-helm";
const claim = "todo-chatbot-data";

const commands = [
  ...["start", "up", "preview", "down", "destroy", "backup"],
  ...["restore", "move", "drift", "repair"],
] as const;
type Command = (typeof commands)[number];

/** The expected end of a command: in a word, its exit code, and its message. */
type Expected = readonly [word: string, code: number, says: RegExp];

/** The results, by situation and command: exit code and word. */
const seen: Record<string, Record<string, string>> = {};
/** The messages, by situation and word. */
const sentences = new Map<string, string>();
const counts = { commands: 0, changed: 0 };

describe(`who owns what, on ${stack.context}`, function () {
  this.timeout(900_000);
  this.slow(120_000);

  let folder = "";
  let clone: ProjectCopy;
  let person: Person;
  let stranger: Person;
  const core = () => stack.core();
  const at = (name: string) => join(folder, name);
  const home = () => stack.project.home;
  const marks = () => marksOf(cluster(stack.context).config, [namespace, plain]);
  const inCluster = testCluster.settings.slice(0, 1).flatMap((value) => ["--set", value]);
  const beside = [...stack.place, "--set", `cluster.namespace=${plain}`, "--port", "30082"];
  const todo = (project: ProjectCopy, command: string, ...args: string[]) =>
    project.npm("todo", ...command.split(" "), "--stack", stack.name, ...args);

  /** Runs a command of the table in a checkout. */
  async function run(
    project: ProjectCopy,
    command: string,
    place: readonly string[],
  ): Promise<Ended> {
    switch (command) {
      case "start":
        return project.npm("start", ...place);
      case "up":
      case "destroy":
        return todo(project, `pulumi ${command}`, "--yes", "--skip-preview");
      case "preview":
        return todo(project, "pulumi preview");
      case "backup":
        return todo(project, "db backup", "--to", folder);
      case "restore":
        return todo(project, "db restore", await dumpIn(folder), "--yes");
      case "move":
        return todo(project, "db move", "--to", "external", "--url-from-env", "URL", "--yes");
      case "own move":
        return todo(project, "db move", "--stop", "--yes");
      default:
        return todo(project, command);
    }
  }

  /** One row: commands in a situation, none of which changes somebody else's objects. */
  function row(
    situation: string,
    project: () => ProjectCopy,
    others: readonly string[],
    expected: Partial<Record<Command, Expected>>,
    place = stack.place,
  ): void {
    for (const [command, ending] of Object.entries(expected)) {
      it(titleOf(command, ending), async () => {
        const before = await marks();
        const isOwn = situation === "own" && command === "move";
        const ended = await run(project(), isOwn ? "own move" : command, place);
        judge(situation, command, ending, ended);
        assertUnchanged(before, await marks(), others);
      });
    }
  }

  /**
   * The same for commands that leave everything as it is: several at once, each with a copy of the state. `start`
   * and `up` go first, with the state itself, as they write the stack's settings and begin its state.
   */
  function unchangedRow(
    situation: string,
    project: () => ProjectCopy,
    expected: Partial<Record<Command, Expected>>,
    place = stack.place,
  ): void {
    const endings = new Map<string, Ended>();
    before(async () => {
      const old = await marks();
      const commands = Object.keys(expected);
      for (const command of commands.filter((each) => ["start", "up"].includes(each))) {
        endings.set(command, await run(project(), command, place));
      }
      const waiting = commands.filter((command) => !endings.has(command));
      const worker = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const copy = at(`${situation} ${next}`.replaceAll(" ", "-"));
          await cp(project().home, copy, { recursive: true });
          const elsewhere = project().with({ TODO_CHATBOT_HOME: copy });
          endings.set(next, await run(elsewhere, next, place));
        }
      };
      await Promise.all([worker(), worker(), worker()]);
      assertUnchanged(old, await marks(), [namespace, plain]);
    });
    for (const [command, ending] of Object.entries(expected)) {
      it(titleOf(command, ending), () => {
        judge(situation, command, ending, endings.get(command)!);
      });
    }
  }

  const titleOf = (command: string, [word, code]: Expected) =>
    `${command}: ${word}, with exit code ${code}, and no object of others changes`;

  function judge(
    situation: string,
    command: string,
    [word, code, says]: Expected,
    { output, ...ended }: Ended,
  ): void {
    (seen[situation] ??= {})[command] = `${ended.code} ${says.test(output) ? word : "?"}`;
    const said = output.split("\n").find((line) => says.test(line)) ?? output;
    sentences.set(`${situation}, ${word}`, said.trim().slice(0, 240));
    counts.commands += 1;
    assert.match(output, says);
    assert.equal(ended.code, code, output);
  }

  function assertUnchanged(before: Marks, after: Marks, others: readonly string[]): void {
    const changed = ofOthers(changedIn(before, after), others);
    counts.changed += changed.length;
    assert.deepEqual(changed, []);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-chatbot-owners-"));
    person = await stack.running();
    await person.ask("POST", "/api/tasks", { title: "water the plants" });
    stack.project.env["URL"] = "postgresql://nobody:nothing@127.0.0.1:1/nowhere";
    await createNamespace(plain);
    // With characters that must be encoded in a URL.
    const password = "p@ss/w#rd of a user";
    await installChart(plain, { release: "todo-chatbot", nodePort: 30082, password });
    stranger = new Person(stack.url.replace(/:\d+$/, ":30082"));
    await stranger.register();
    await stranger.ask("POST", "/api/tasks", { title: "feed the cat" });
    clone = await stack.project.clone();
  });

  after(async () => {
    delete stack.project.env["URL"];
    await core()
      .deleteNamespace({ name: plain })
      .catch(() => undefined);
    await clone.remove();
    await rm(folder, { recursive: true, force: true });
    show();
  });

  describe("own", () => {
    row("own", () => stack.project, [plain], {
      start: ["continues", 0, /The Todo chatbot is running/],
      up: ["continues", 0, /\d+ unchanged/],
      preview: ["continues", 0, /\d+ unchanged/],
      backup: ["continues", 0, /✓ .*\.dump/],
      restore: ["continues", 0, /✓ restored/],
      move: ["continues", 0, /the bundled database, which is writable/],
      drift: ["continues", 0, /no drift in \d+ objects/],
      repair: ["continues", 0, /Repaired/],
    });
  });

  describe("of a cluster that is gone", () => {
    let elsewhere: ProjectCopy;
    before(async () => {
      await cp(home(), at("gone"), { recursive: true });
      await writeFile(at("kubeconfig"), JSON.stringify(deadCluster(stack.context)));
      const variables = { TODO_CHATBOT_HOME: at("gone"), KUBECONFIG: at("kubeconfig") };
      elsewhere = stack.project.with(variables);
      // It recreates the cluster; lifecycle.test.ts tests that.
      seen["cluster gone"] = { start: "see lifecycle" };
    });

    const unreachable = ["no cluster", 1, /The API server of .* does not answer/] as const;
    unchangedRow("cluster gone", () => elsewhere, {
      up: ["no cluster", 1, /The API server of .* does not answer/],
      preview: ["warns", 0, /Continuing the preview without it: The API server/],
      destroy: ["no cluster", 1, /Nothing was deleted\. The API server .* npm run down/],
      ...{ backup: unreachable, restore: unreachable, move: unreachable },
      ...{ drift: unreachable, repair: unreachable },
      down: ["forgets it", 0, /does not answer: treating everything in it as deleted/],
    });
  });

  describe("installed with plain Helm", () => {
    unchangedRow(
      "plain Helm",
      () => stack.project.with({ TODO_CHATBOT_HOME: at("plain") }),
      refused(/The namespace plain-helm in \S+ exists .* it has no owner mark/),
      beside,
    );
  });

  describe("lost, or of another clone", () => {
    unchangedRow("lost", () => clone, refused(belongsTo(stack.name)));
  });

  describe("todo adopt in a second clone", () => {
    inOrder();
    adopts(() => clone, namespace, inCluster);
  });

  describe("foreign", () => {
    unchangedRow("foreign", () => stack.project, {
      ...refused(belongsTo(stack.name)),
      down: ["refused", 1, belongsTo(stack.name)],
      destroy: ["refused", 1, /Nothing was deleted\. The namespace .* belongs to stack/],
    });
  });

  describe("todo adopt after .todo-chatbot/ was lost", () => {
    inOrder();
    before(() => rm(home(), { recursive: true }));
    adopts(() => stack.project, namespace, inCluster);

    it("whose owner before is refused from then on", async () => {
      const { code, output } = await clone.npm("start", ...stack.place);
      assert.equal(code, 1, output);
      assert.match(output, belongsTo(stack.name));
    });
  });

  describe("a PVC that is being deleted while its pod runs", () => {
    inOrder();
    const leaving = new RegExp(`PVC ${claim} is being deleted since \\d{4}-.* save the data: npm `);
    before(async () => {
      await core().deleteNamespacedPersistentVolumeClaim({ name: claim, namespace });
    });

    for (const [command, code] of [
      ["status --once", 0],
      ["doctor", 1],
      ["start", 1],
    ] as const) {
      it(`is named by ${command}, with how to save the data`, async () => {
        const ended = await (command === "start"
          ? stack.start()
          : command === "doctor"
            ? stack.project.npm("todo", command)
            : todo(stack.project, command));
        assert.match(ended.output, leaving);
        assert.equal(ended.code, code, ended.output);
        if (command === "start") assert.match(ended.output, /^Nothing was changed\./m);
      });
    }

    it("is saved by one command, even where the state was lost", async () => {
      for (const [project, name] of [
        [clone, "without-state"],
        [stack.project, "saved"],
      ] as const) {
        const { code, output } = await todo(project, "db backup", "--to", at(name));
        assert.equal(code, 0, output);
        await dumpIn(at(name));
      }
    });
  });

  describe("own", () => {
    row("own", () => stack.project, [plain], { down: ["continues", 0, /- \d+ deleted/] });
  });

  describe("no state", () => {
    before(async () => {
      await eventually(60, async () => {
        assert.ok(![...(await marks()).keys()].some((name) => name.startsWith(`${namespace} `)));
      });
      const settings = await readFile(join(home(), `Pulumi.${stack.name}.yaml`), "utf8");
      await rm(home(), { recursive: true });
      await mkdir(home());
      // Only where to deploy, and nothing that a state would need.
      const text = settings.replace(/^encryptionsalt:.*\n/m, "");
      await writeFile(join(home(), `Pulumi.${stack.name}.yaml`), text);
    });

    const notThere = ["no stack", 6, /no stack named 'dev' found/] as const;
    const notDeployed = ["not deployed", 1, /is not deployed/] as const;
    unchangedRow("no state", () => stack.project, {
      ...{ up: notThere, preview: notThere, destroy: notThere },
      ...{ backup: notDeployed, restore: notDeployed, move: notDeployed, drift: notDeployed },
      down: ["nothing to do", 0, /has nothing to take down/],
      repair: ["nothing to do", 0, /nothing to repair/],
    });
    row("no state", () => stack.project, [plain], {
      start: ["deploys", 0, /The Todo chatbot is running/],
    });

    it("restores the data that was saved from the PVC", async () => {
      const saved = await dumpIn(at("saved"));
      const { code, output } = await todo(stack.project, "db restore", saved, "--yes");
      assert.equal(code, 0, output);
      await person.signIn();
      assert.deepEqual(await person.titles(), ["water the plants"]);
    });
  });

  describe("todo adopt of a plain helm install", () => {
    inOrder();
    const project = () => stack.project.with({ TODO_CHATBOT_HOME: at("plain") });
    adopts(project, plain, ["--set", "monitoring.mode=off"]);

    row("own", project, [namespace], { destroy: ["continues", 0, /- \d+ deleted/] });
  });

  /** What holds for a deployment that was taken over, wherever from. */
  function adopts(project: () => ProjectCopy, where: string, args: readonly string[]): void {
    const isPlain = where === plain;
    let old: Awaited<ReturnType<typeof snapshot>>;
    let others: Marks;

    it("takes it over in one command, and touches no other namespace", async () => {
      others = await marks();
      old = await snapshot(where);
      const { code, output, took } = await todo(project(), "adopt", "--yes", ...args);
      console.log(`      todo adopt took ${took} s`);
      assert.equal(code, 0, output);
      const [other] = [namespace, plain].filter((each) => each !== where);
      assert.deepEqual(ofOthers(changedIn(others, await marks()), [other ?? ""]), []);
    });

    it("keeps the values of the Secrets", async () => {
      const { secrets } = await snapshot(where);
      assert.deepEqual({ ...secrets, ...old.secrets }, secrets);
    });

    it("keeps the PVCs, every row and existing sessions", async () => {
      const { claims } = await snapshot(where);
      assert.deepEqual({ ...claims, ...old.claims }, claims);
      const [who, title] = isPlain ? [stranger, "feed the cat"] : [person, "water the plants"];
      assert.deepEqual(await eventually(30, () => who.titles()), [title]);
    });

    it(`restarts no pod${isPlain ? " of the frontend, whose Secrets and settings are the same" : ""}`, async () => {
      const { pods } = await snapshot(where);
      const kept = old.pods.filter((pod) => !isPlain || pod.startsWith("frontend"));
      assert.deepEqual(
        kept.filter((pod) => !pods.includes(pod)),
        [],
      );
    });

    it("changes nothing the second time, and has no drift", async () => {
      const up = await run(project(), "up", []);
      assert.equal(up.code, 0, up.output);
      assert.deepEqual(changesIn(up.output), []);
      const drift = await todo(project(), "drift");
      assert.equal(drift.code, 0, drift.output);
    });
  }

  /** What has to survive a change of the owner. */
  async function snapshot(where: string) {
    const [secrets, claims, pods] = await Promise.all([
      core().listNamespacedSecret({ namespace: where, fieldSelector: "type=Opaque" }),
      core().listNamespacedPersistentVolumeClaim({ namespace: where }),
      core().listNamespacedPod({ namespace: where }),
    ]);
    const values = secrets.items.flatMap(({ data = {} }) =>
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
    const { DATABASE_URL = "", ...others } = Object.fromEntries(values) as Record<string, string>;
    return {
      secrets: { ...others, database: connection(DATABASE_URL) },
      claims: Object.fromEntries(
        claims.items.map(({ metadata }) => [metadata?.name, metadata?.uid]),
      ),
      // A terminated one of an earlier update may take a while to disappear.
      pods: pods.items
        .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
        .filter(({ metadata }) => metadata?.ownerReferences?.[0]?.kind === "ReplicaSet")
        .map(({ metadata }) => `${metadata?.name} ${metadata?.uid}`),
    };
  }
});

/** The end of every command in somebody else's namespace, for an empty state. */
function refused(says: RegExp): Record<Command, Expected> {
  const no = ["refused", 1, says] as const;
  return {
    start: no,
    up: ["refused", 1, says],
    preview: ["warns", 0, new RegExp(`An update would be refused: ${says.source}`)],
    down: no,
    destroy: ["nothing to do", 0, /- \d+ deleted/],
    ...{ backup: no, restore: no, move: no, drift: no, repair: no },
  };
}

function belongsTo(name: string): RegExp {
  return new RegExp(`The namespace ${namespace} in \\S+ belongs to stack ${name} of \\S+ in /`);
}

/** The newest backup in a folder. */
async function dumpIn(folder: string): Promise<string> {
  const name = (await readdir(folder))
    .filter((file) => file.endsWith(".dump"))
    .sort()
    .at(-1);
  assert.ok(name, `${folder} has no backup`);
  return join(folder, name);
}

/** Prints the table. */
function show(): void {
  const situations = ["no state", "own", "lost", "foreign", "plain Helm", "cluster gone"];
  const line = (...cells: readonly string[]) =>
    `      ${cells.map((cell) => cell.padEnd(16)).join("")}`.trimEnd();
  console.log(line("", ...situations));
  for (const command of commands) {
    console.log(line(command, ...situations.map((each) => seen[each]?.[command] ?? "-")));
  }
  console.log(`      ${counts.commands} commands, ${counts.changed} objects of others changed`);
  for (const [when, sentence] of sentences) console.log(`      ${when}: ${sentence}`);
}

const ofOthers = (changed: readonly string[], others: readonly string[]) =>
  changed.filter((name) => others.some((other) => name.startsWith(`${other} `)));

/** The parts of a connection string, which the program and the chart write differently. */
function connection(url: string): object {
  const { username, password, host, pathname } = new URL(url);
  return { username, password: decodeURIComponent(password), host, pathname };
}

/** A kubeconfig whose server is unreachable. */
const deadCluster = (context: string) => ({
  ...{ apiVersion: "v1", kind: "Config", "current-context": context },
  clusters: [{ name: context, cluster: { server: "https://127.0.0.1:1" } }],
  // Without credentials the Kubernetes provider asks for some on standard input.
  users: [{ name: context, user: { token: "none" } }],
  contexts: [{ name: context, context: { cluster: context, user: context } }],
});
