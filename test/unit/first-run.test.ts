import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

import { mayTry, resourceTable } from "../../cli/commands/trial.ts";
import { readWorkspace } from "../../cli/pulumi/workspace.ts";
import { programResources } from "../../render/program.ts";
import { Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Programs, Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

const noDocker =
  "Docker is missing (no docker on PATH): install Docker Engine or Docker Desktop (https://docs.docker.com/get-started/get-docker/), then try again.";
const stateFile = "state/.pulumi/stacks/todo-chatbot/dev.json";

/** A machine with neither Docker nor Pulumi nor helm, where nobody has logged in to a backend. */
class BareMachine extends Programs {
  readonly env: NodeJS.ProcessEnv = {
    TODO_CHATBOT_HOME: this.at("home"),
    XDG_CACHE_HOME: this.at("cache"),
    PULUMI_HOME: this.at("pulumi"),
    PULUMI_BACKEND_URL: "",
    PULUMI_ACCESS_TOKEN: "",
    // Nothing can be downloaded.
    NODE_USE_ENV_PROXY: "1",
    HTTPS_PROXY: "http://127.0.0.1:1",
    CI: "",
  };
}

describe("npm start on a machine that can't deploy", function () {
  this.timeout(90_000);

  for (const [what, args, env] of [
    ["in CI", [], { CI: "true" }],
    ["with --cluster", ["--cluster"], {}],
  ] as const) {
    it(`fails ${what}, and names what is missing`, async () => {
      using machine = new BareMachine();

      assert.deepEqual(await command("up", args, { ...machine.env, ...env }), {
        code: 1,
        output: `${noDocker}\n`,
      });
    });
  }

  it("fails where a stack exists", async () => {
    using machine = new BareMachine();
    machine.write(`home/${stateFile}`, "{}");

    assert.deepEqual(await command("up", ["--stack", "local"], machine.env), {
      code: 1,
      output: `${noDocker}\n`,
    });
  });

  it("fails where the Pulumi CLI can't be had, too", async () => {
    using machine = new BareMachine({ docker: "echo 28" });
    const { code, output } = await command("up", ["--cluster"], machine.env);

    assert.equal(code, 1);
    assert.match(
      output,
      /\npulumi is missing and can't be installed here \(the download failed: .+\): install pulumi 3\.\S+ \(https:.+\), then try again\.\n$/,
    );
  });

  it("shows what it would deploy, and runs the application until it is stopped", async () => {
    using machine = new BareMachine();
    const port = 31_000 + (process.pid % 1_000);
    const args = ["up", "--port", String(port), "--set", "backend.replicas=3"];
    const child = spawn(process.execPath, ["cli/main.ts", ...args], {
      env: { ...process.env, ...machine.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (!line.startsWith("The Todo chatbot is running from source:")) continue;
      const url = `http://localhost:${port}`;
      assert.ok(line.includes(url), line);
      assert.equal((await fetch(`${url}/`)).status, 200);
      assert.equal((await fetch(`${url}/api/tasks`)).status, 401);
      child.kill("SIGTERM");
    }

    // The output ends when everything that could write to it has ended.
    const output = lines.join("\n");
    assert.ok(output.startsWith(`${noDocker}\n`), output);
    assert.match(output, /^ {2}release {5}Release {17}release$/m);
    const [, count = "", folder = ""] =
      /^• Wrote (\d+) objects of stack dev to (.*)$/m.exec(output) ?? [];
    const files = readdirSync(folder, { recursive: true }).filter((file) =>
      /\.yaml$/.test(String(file)),
    );
    assert.equal(files.length, Number(count));
    assert.match(output, /^• The objects of the Helm release are left out: helm is missing/m);
    assert.ok(existsSync(machine.at("home/dev")));
    assert.ok(!existsSync(machine.at("home/state/.pulumi")));
  });
});

describe("a trial", () => {
  /** The variables of a bare machine in this process, with others on top. */
  function variables(machine: BareMachine, env: NodeJS.ProcessEnv): DisposableStack {
    const stack = new DisposableStack();
    for (const [name, value] of Object.entries({ ...machine.env, ...env })) {
      stack.use(new Variable(name, value));
    }
    return stack;
  }

  for (const [what, env, may] of [
    ["where nothing was deployed", {}, true],
    ["where CI says that it is none", { CI: "false" }, true],
    ["in CI", { CI: "1" }, false],
    [
      "where a backend of one's own can't be asked",
      { PULUMI_BACKEND_URL: "https://pulumi.example" },
      false,
    ],
  ] as const) {
    it(`${may ? "may" : "may not"} take the place of a deployment ${what}`, async () => {
      using machine = new BareMachine();
      using _variables = variables(machine, env);

      assert.equal(await mayTry(await readWorkspace("dev")), may);
    });
  }

  for (const [file, may] of [
    [stateFile, false],
    [stateFile.replace("dev.json", "local.json.gz"), false],
    [stateFile.replace("dev.json", "dev.json.bak"), true],
  ] as const) {
    it(`${may ? "may" : "may not"} take its place where the state has ${file}`, async () => {
      using machine = new BareMachine();
      using _variables = variables(machine, {});
      machine.write(`home/${file}`, "");

      assert.equal(await mayTry(await readWorkspace("dev")), may);
    });
  }

  for (const [stacks, may] of [
    ['[{"name":"dev"}]', false],
    ['[{"name":"other"}]', true],
  ] as const) {
    it(`asks a backend of one's own for the stack: ${stacks}`, async () => {
      using machine = new BareMachine({ pulumi: `echo '${stacks}'` });
      using _variables = variables(machine, { PULUMI_BACKEND_URL: "https://pulumi.example" });

      assert.equal(await mayTry(await readWorkspace("dev")), may);
    });
  }

  it("shows the resources by component", () => {
    const facts = { provider: "", protect: false, dependsOn: [], inputs: {}, secrets: [] };
    const resource = (type: string, name: string, parent = "") => ({
      ...facts,
      type,
      name,
      parent,
    });

    assert.deepEqual(
      resourceTable([
        resource("todo-chatbot:index:Cluster", "cluster"),
        resource("todo-chatbot:index:Monitoring", "monitoring"),
        resource("todo-chatbot:index:Prometheus", "monitoring", "monitoring"),
        resource("todo-chatbot:index:Alertmanager", "alerts", "monitoring"),
        resource("pulumi-nodejs:dynamic/index:OwnershipGuard", "guard"),
        resource("kubernetes:apps/v1:Deployment", "alerts-deployment", "alerts"),
        resource("pulumi:providers:kubernetes", "provider", "cluster"),
        resource("kubernetes:core/v1:Namespace", "namespace", "cluster"),
        resource("kubernetes:core/v1:Service", "service", "monitoring"),
      ]),
      [
        "  component   kind                    name",
        "  cluster     Namespace               namespace",
        "  monitoring  Deployment              alerts-deployment",
        "              Service                 service",
        "  –           OwnershipGuard          guard",
      ],
    );
  });

  it("shows the program with the settings of the workspace", async () => {
    using folder = new Folder({
      "stack.yaml": "config:\n  todo-chatbot:backend: { replicas: 3 }\n",
    });
    const resources = await programResources(process.cwd(), "dev", {
      configFile: folder.at("stack.yaml"),
    });
    const { inputs } = resources.find(({ type }) => type === "kubernetes:helm.sh/v3:Release")!;

    assert.equal(
      (inputs["values"] as { backend: { replicaCount: number } }).backend.replicaCount,
      3,
    );
  });
});

describe("todo doctor on a new machine", () => {
  /** What it says of the clusters of both stacks. */
  async function clusters(env: NodeJS.ProcessEnv): Promise<string[]> {
    using machine = new BareMachine();
    const { output } = await command("doctor", [], { ...machine.env, ...env });
    return [...output.matchAll(/^. cluster +(.*)$/gm)].map(([, words = ""]) => words);
  }

  const bothMake = (reason: string) => [
    `${reason}. Run npm start: it creates or starts the cluster.`,
    `${reason}. Run npm start -- --stack local: it creates or starts the cluster.`,
  ];

  it("says that there is no kubeconfig", async () => {
    using home = new Folder();
    assert.deepEqual(
      await clusters({ HOME: home.path, KUBECONFIG: "" }),
      bothMake(`There is no kubeconfig (${home.at(".kube/config")}: no such file)`),
    );
  });

  it("says that the kubeconfig is empty", async () => {
    using home = new Folder({ ".kube/config": "" });
    assert.deepEqual(
      await clusters({ HOME: home.path, KUBECONFIG: "" }),
      bothMake(`The kubeconfig has no contexts (${home.at(".kube/config")})`),
    );
  });

  it("names the contexts that there are", async () => {
    using _kubeconfig = new Kubeconfig({ production: "http://127.0.0.1:1" });
    const has = (context: string) => `The kubeconfig has no context ${context}; it has production`;

    const [kind, minikube] = await clusters({});
    assert.equal(kind, bothMake(has("kind-todo-chatbot"))[0]);
    assert.equal(minikube, bothMake(has("minikube"))[1]);
  });

  it("leaves to the user what npm start can't do", async () => {
    using folder = new Folder({ config: "some words" });
    const words = `The kubeconfig can't be read: ${folder.at("config")}: this is no kubeconfig. Fix it, or set KUBECONFIG.`;

    assert.deepEqual(await clusters({ KUBECONFIG: folder.at("config") }), [words, words]);
  });
});
