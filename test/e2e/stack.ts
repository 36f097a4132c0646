import { Person } from "./client.ts";
import { testCluster } from "./clusters.ts";
import { cluster, ProjectCopy } from "./project.ts";
import type { Ended } from "./project.ts";
import { skip } from "../skip.ts";

/**
 * The stack of all end-to-end tests: in one copy of the project, on a cluster of its own. Each file
 * deploys it, which is quick if it is deployed already.
 */
class TestStack {
  readonly context = testCluster.context;
  readonly name = testCluster.stack;
  /** URL of the web UI, once it was started. */
  url = "";
  #project: ProjectCopy | undefined;
  #back: string[] = [];

  get project(): ProjectCopy {
    if (this.#project === undefined) throw new Error("the copy of the project is not made yet");
    return this.#project;
  }

  /** Once: copies the project, and removes the cluster of a run that was killed. */
  async prepare(): Promise<void> {
    if (this.#project !== undefined) return;
    this.#project = await ProjectCopy.make();
    await testCluster.remove();
  }

  /**
   * `npm start` with values as `--set` takes them. They are remembered: a test that changes one
   * sets it back, itself or with {@link setBack}.
   */
  async start(...values: readonly string[]): Promise<Ended> {
    const all = [...this.#back.splice(0), ...values];
    const ended = await this.project.npm("start", ...this.place, ...set(all));
    console.log(`      npm start ${all.join(" ")} took ${ended.took} s`);
    this.url = /The Todo chatbot is running: (http\S+)/.exec(ended.output)?.[1] ?? this.url;
    return ended;
  }

  /** Deploys it with the usual values and these, and registers a new user. */
  async running(...values: readonly string[]): Promise<Person> {
    await this.prepare();
    await testCluster.make();
    const { code, output } = await this.start(...usual, ...values);
    if (code !== 0) throw new Error(`npm start ended with exit code ${code}:\n${output}`);
    const person = new Person(this.url);
    await person.register();
    return person;
  }

  /** Values for the next start, so that a file that ends needs no deployment of its own to set them back. */
  setBack(...values: readonly string[]): void {
    this.#back.push(...values);
  }

  /** `npm run down` for this stack. */
  down(): Promise<Ended> {
    return this.project.npm("down", "--stack", this.name);
  }

  /** `npm run todo -- <command>`, like `drift` or `db backup`, for this stack. */
  todo(command: string, ...args: readonly string[]): Promise<Ended> {
    return this.project.npm("todo", ...command.split(" "), "--stack", this.name, ...args);
  }

  /** Arguments that make npm start use the tests' cluster. */
  get place(): readonly string[] {
    return ["--stack", this.name, ...set(["storage.protect=false", ...testCluster.settings])];
  }

  core() {
    return cluster(this.context).core;
  }

  async remove(): Promise<void> {
    await testCluster.remove();
    await this.#project?.remove();
  }
}

/** The values that every file starts with: more than one replica of each app, and monitoring. */
const usual = ["backend.replicas=2", "frontend.replicas=2", "monitoring.mode=bundled"];

/** Values as arguments of npm start. */
export const set = (values: readonly string[]) => values.flatMap((value) => ["--set", value]);

export const stack = new TestStack();

/** For steps that build on each other: once one has failed, the rest of the suite is skipped. */
export function inOrder(): void {
  let failed: string | undefined;
  beforeEach(function () {
    if (failed !== undefined) skip(this, `"${failed}" failed before`);
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed ??= this.currentTest.title;
  });
}

// At the top level, so that it runs once, after the last file.
after(async function () {
  this.timeout(300_000);
  await stack.remove();
});
