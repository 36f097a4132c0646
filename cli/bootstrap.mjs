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
const env = {
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
install(project);
// All but the commands run or check the sources of the application, and so does `dev`.
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
  // npm runs scripts through a shell, which a SIGTERM ends without being passed on.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill("SIGTERM");
  }, 250);
  if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      clearInterval(watch);
      // Ctrl-C reaches the child by itself; a second one would mean "at once" to it.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => fail(`${node} can't be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    clearInterval(watch);
    process.exitCode = code ?? 1;
    if (signal === null) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Path of a Node that is new enough: this one, or one from the npm registry, downloaded once. */
function nodeForTypeScript() {
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
    npm(process.execPath, folder, process.env);
    if (!existsSync(binary)) {
      fail(`npm did not install ${name} ${version}: install Node ${neededMajor}, then try again.`);
    }
  }
  return binary;
}

/** Installs the packages of a folder, unless what is there fits its lock file. */
function install(folder) {
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const mark = join(folder, "node_modules", ".installed-from");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  say(`Installing the packages${folder === project ? "" : ` of ${relative(project, folder)}`}`);
  npm(node, folder, env);
  writeFileSync(mark, lock);
}

function npm(nodePath, cwd, npmEnv) {
  // npm tells where it is when it runs us; a plain `node cli/bootstrap.mjs` finds it on PATH.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith(".js") ? [nodePath, [cli]] : ["npm", []];
  // Development packages even with NODE_ENV=production. No install scripts: those that there are
  // download Pulumi plugins, which the Pulumi CLI does when it needs them.
  const ci = ["ci", "--include=dev", "--ignore-scripts"];
  const { status, error } = spawnSync(
    command,
    [...first, ...ci, "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd, env: npmEnv, stdio: ["ignore", "ignore", "inherit"] },
  );
  if (error) {
    fail(`npm can't be started (${error.message}): install Node with npm, then try again.`);
  }
  if (status !== 0) {
    fail(
      `\`npm ${ci.join(" ")}\` failed (exit code ${status}); see the output above. It needs a network the first time.`,
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
