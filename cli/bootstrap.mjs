// The way into every program of this project: `node cli/bootstrap.mjs <program> [arguments]`.
//
// It runs on any Node from 18 on and needs no package, because it is what installs them: it makes
// sure of a Node that runs TypeScript, then of the packages, then runs the program.
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
  // Half a second less in every process that loads the Pulumi SDK.
  NODE_COMPILE_CACHE: join(cache, "compile-cache"),
  ...process.env,
  PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
  // Node goes through HTTP_PROXY and HTTPS_PROXY when told to. Unlike other programs it would do so
  // to this machine too, where the page and the cluster are.
  NODE_USE_ENV_PROXY: "1",
  NO_PROXY: ["localhost", "127.0.0.1", "[::1]", process.env.NO_PROXY || process.env.no_proxy]
    .filter(Boolean)
    .join(","),
};
delete env.no_proxy;
await install(project);
// All but the commands run or check the sources of the application, and so does `dev`.
if (program !== "cli/main.ts" || args[0] === "dev") {
  for (const app of ["backend", "frontend"]) await install(join(project, "images", app));
}
const ended = await run(
  node,
  ["--disable-warning=ExperimentalWarning", join(project, program), ...args],
  { stdio: "inherit", cwd: project, env },
);
if (ended.signal !== null) process.kill(process.pid, ended.signal);
process.exitCode = ended.code ?? 1;

/** Runs a program to its end; a signal, or the end of npm, ends it. */
function run(command, words, options) {
  const child = spawn(command, words, options);
  let received = null;
  const pass = (signal) => {
    received = signal;
    // Ctrl-C reaches the child by itself; a second one would mean "at once" to it.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);
  // npm passes signals on to its script, which is this process by its exec. Killed, it passes nothing.
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

/** Path of a Node that is new enough: this one, or one from the npm registry, downloaded once. */
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
      `This is Node ${process.versions.node}; downloading Node ${version} (once, into the user's cache folder)`,
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

/** Installs the packages of a folder, unless what is there fits its lock file. */
async function install(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const mark = join(folder, "node_modules", ".installed-from");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  say(`Installing the packages${folder === project ? "" : ` of ${relative(project, folder)}`}`);
  await npm(node, folder, env);
  writeFileSync(mark, lock);
}

async function npm(nodePath, cwd, npmEnv) {
  // npm tells where it is when it runs us; a plain `node cli/bootstrap.mjs` finds it on PATH.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith(".js") ? [nodePath, [cli]] : ["npm", []];
  // Development packages even with NODE_ENV=production. No install scripts: those that there are
  // download Pulumi plugins, which the Pulumi CLI does when it needs them.
  const ci = ["ci", "--include=dev", "--ignore-scripts"];
  const { code, signal, received } = await run(
    command,
    [...first, ...ci, "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd, env: npmEnv, stdio: ["ignore", "ignore", "inherit"] },
  );
  if (received !== null) process.kill(process.pid, received);
  if (code !== 0) {
    fail(
      `\`npm ${ci.join(" ")}\` failed (${signal ?? `exit code ${code}`}); see the output above. It needs a network the first time.`,
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
