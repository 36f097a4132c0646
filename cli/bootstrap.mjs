// The way into every program of this project: `node cli/bootstrap.mjs <program> [arguments]`.
//
// It runs on any Node from 18 on and needs no package, because it is what installs them: it makes
// sure of a Node that runs TypeScript, then of the packages, then runs the program.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "todo-chatbot");
const neededMajor = 24;

const [program = "cli/main.ts", ...args] = process.argv.slice(2);
const node = nodeForTypeScript();
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
install(project);
// The commands but `dev` use the application's images; the others its sources, on this machine.
if (program !== "cli/main.ts" || args[0] === "dev") {
  for (const app of ["backend", "frontend"]) install(join(project, "images", app));
}
run();

/** Runs the program, and ends as it ends. */
function run() {
  const child = spawn(
    node,
    ["--disable-warning=ExperimentalWarning", join(project, program), ...args],
    { stdio: "inherit", cwd: project, env },
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C reaches the child by itself; a second one would mean "at once" to it.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`${node} can't be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal === null) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Path of a Node that is new enough: this one, or one from the npm registry, once. */
function nodeForTypeScript() {
  if (Number(process.versions.node.split(".")[0]) >= neededMajor) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const source = join(project, "cli", "node");
  const { optionalDependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const version = optionalDependencies[name];
  if (!version) {
    fail(
      `This is Node ${process.versions.node}, and for ${name} none can be got: install Node ${neededMajor}, then try again.`,
    );
  }
  const folder = join(cache, `node-${version}`);
  const binary = join(
    folder,
    "node_modules",
    name,
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  if (!existsSync(binary)) {
    say(
      `This is Node ${process.versions.node}; getting Node ${version} (once, into the user's cache folder)`,
    );
    mkdirSync(folder, { recursive: true });
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
      copyFileSync(join(source, file), join(folder, file));
    }
    npm(process.execPath, ["ci", "--ignore-scripts"], folder, process.env);
    if (!existsSync(binary))
      fail(`npm brought no ${name} ${version}: install Node ${neededMajor}, then try again.`);
  }
  return binary;
}

/** Installs the packages of a folder, unless what is there fits its lock file. */
function install(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const mark = join(folder, "node_modules", ".installed-from");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  say(`Installing the packages${folder === project ? "" : ` of ${relative(project, folder)}`}`);
  // No install scripts: the ones there are fetch Pulumi plugins, which the CLI does when it needs them.
  npm(node, ["ci", "--ignore-scripts"], folder, env);
  writeFileSync(mark, lock);
}

function npm(nodePath, npmArgs, cwd, npmEnv) {
  // npm tells where it is when it runs us; a plain `node cli/bootstrap.mjs` finds it on PATH.
  const cli = process.env.npm_execpath;
  const [program, first] = cli?.endsWith(".js") ? [nodePath, [cli]] : ["npm", []];
  const { status: code, error } = spawnSync(
    program,
    [...first, ...npmArgs, "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd,
      env: npmEnv,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (error)
    fail(`npm can't be started (${error.message}): install Node with npm, then try again.`);
  if (code !== 0)
    fail(
      `\`npm ${npmArgs.join(" ")}\` failed with exit code ${code}; its words stand above. Without a network, run it once with one.`,
    );
}

function say(text) {
  process.stderr.write(`• ${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
