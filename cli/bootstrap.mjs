// Entry point of every program in this project: `node cli/bootstrap.mjs <program> [arguments]`.
//
// Ensures a Node version that runs TypeScript, then the packages, then runs the program. Must itself
// run on Node 18 and later, without packages.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "todo-chatbot");
const neededMajor = 24;

const [program = "cli/main.ts", ...args] = process.argv.slice(2);
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const parent = process.ppid;
const node = await nodeForTypeScript();
const env = {
  // Saves half a second in every process that loads the Pulumi SDK.
  NODE_COMPILE_CACHE: join(cache, "compile-cache"),
  ...process.env,
  PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
  // Makes Node use HTTP_PROXY and HTTPS_PROXY. Unlike other programs, it would also use them for
  // this machine, where the web UI and the cluster are.
  NODE_USE_ENV_PROXY: "1",
  NO_PROXY: ["localhost", "127.0.0.1", "[::1]", process.env.NO_PROXY || process.env.no_proxy]
    .filter(Boolean)
    .join(","),
};
delete env.no_proxy;
await install(project);
// Only the commands, except for those that run the sources, do without the application's packages.
if (program !== "cli/main.ts" || ["dev", "watch"].includes(args[0])) {
  for (const app of ["backend", "frontend"]) await install(join(project, "images", app));
}
const ended = await run(
  node,
  ["--disable-warning=ExperimentalWarning", join(project, program), ...args],
  { stdio: "inherit", cwd: project, env },
);
if (ended.signal !== null) process.kill(process.pid, ended.signal);
process.exitCode = ended.code ?? 1;

/** Runs a program until it exits; signals are forwarded, and the exit of npm counts as SIGTERM. */
function run(command, words, options) {
  const child = spawn(command, words, options);
  let received = null;
  const pass = (signal) => {
    received = signal;
    // The terminal sends Ctrl-C to the child too; a second SIGINT would make it stop immediately.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  // npm forwards signals to its script, which `exec` makes this process; a killed npm forwards nothing.
  const watch = setInterval(() => {
    if (received === null && process.ppid !== parent) pass("SIGTERM");
  }, 250);
  if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);
  return new Promise((resolve) => {
    child.on("error", ({ message }) =>
      fail(`${command} can't be started (${message}): install Node with npm, then try again.`),
    );
    child.on("exit", (code, signal) => {
      clearInterval(watch);
      for (const each of signals) process.off(each, pass);
      resolve({ code, signal, received });
    });
  });
}

/** Path of a recent enough Node: this one, or one from the npm registry, downloaded once. */
async function nodeForTypeScript() {
  if (Number(process.versions.node.split(".")[0]) >= neededMajor) return process.execPath;
  const isWindows = process.platform === "win32";
  const name = `node-${isWindows ? "win" : process.platform}-${process.arch}`;
  const source = join(project, "cli", "node");
  const { optionalDependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  const version = optionalDependencies[name];
  if (!version) {
    fail(
      `This is Node ${process.versions.node}, and there is no download for ${name}: install Node ${neededMajor}, then try again.`,
    );
  }
  const folder = join(cache, `node-${version}`);
  const binary = join(folder, "node_modules", name, "bin", isWindows ? "node.exe" : "node");
  if (!existsSync(binary)) {
    say(
      `This is Node ${process.versions.node}; downloading Node ${version} (once, into your cache folder)`,
    );
    mkdirSync(folder, { recursive: true });
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
      copyFileSync(join(source, file), join(folder, file));
    }
    await npm(process.execPath, folder, process.env);
    if (!existsSync(binary)) {
      fail(`npm did not install ${name} ${version}: install Node ${neededMajor}, then try again.`);
    }
  }
  return binary;
}

/** Installs the packages of a folder, unless those of its lock file are installed already. */
async function install(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const mark = join(folder, "node_modules", ".installed-from");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  say(`Installing the packages${folder === project ? "" : ` of ${relative(project, folder)}`}`);
  await npm(node, folder, env);
  writeFileSync(mark, lock);
}

async function npm(nodePath, cwd, npmEnv) {
  // Set when npm runs this script; with a plain `node cli/bootstrap.mjs`, npm is on PATH.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith(".js") ? [nodePath, [cli]] : ["npm", []];
  // Development packages even with NODE_ENV=production. No install scripts: they only download
  // Pulumi plugins, which the Pulumi CLI does itself when it needs them.
  const ci = ["ci", "--include=dev", "--ignore-scripts"];
  const { code, signal, received } = await run(
    command,
    [...first, ...ci, "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd, env: npmEnv, stdio: ["ignore", "ignore", "inherit"] },
  );
  if (received !== null) process.kill(process.pid, received);
  if (code !== 0) {
    fail(
      `\`npm ${ci.join(" ")}\` failed (${signal ?? `exit code ${code}`}); see the output above. The first run needs network access.`,
    );
  }
}

function say(text) {
  process.stderr.write(`• ${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
