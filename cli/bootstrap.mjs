// The way into every command: `node cli/bootstrap.mjs <command> [arguments]`.
//
// It runs on any Node from 18 on and needs no package, because it is what gets them: it sees to a
// Node that runs TypeScript, then to the packages, then runs cli/commands/<command>.ts.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "todo-chatbot");
const neededMajor = 24;
/** Commands that run or check the application's sources on this machine. */
const withApps = ["dev", "e2e", "test"];

const [command = "", ...args] = process.argv.slice(2);
const script = ["cli/commands", "tools"]
  .map((folder) => join(project, folder, `${command}.ts`))
  .find((file) => existsSync(file));
if (script === undefined)
  fail(`There is no command "${command}"; package.json lists the commands.`);

const node = nodeForTypeScript();
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
install(project);
if (withApps.includes(command)) {
  for (const app of ["backend", "frontend"]) install(join(project, "images", app));
}

const { status, signal } = spawnSync(
  node,
  ["--disable-warning=ExperimentalWarning", script, ...args],
  {
    stdio: "inherit",
    cwd: project,
    env,
  },
);
if (signal) process.kill(process.pid, signal);
process.exit(status ?? 1);

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
