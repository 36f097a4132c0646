import { Command, Option } from "@commander-js/extra-typings";

import { backupName, collect, integer, seconds, settingOption, stackOption } from "./options.ts";

/**
 * Every command, declared once: `--help`, the checks of what is given and the table in the README
 * come from here. A command's own modules are loaded when it runs, so that help and mistakes
 * answer at once.
 */
export function todo(): Command {
  const program = new Command("npm run todo --")
    .description(
      "Deploys the Todo chatbot, looks after its data, and shows what a change would do.",
    )
    // What follows the name of a command is its own: `todo pulumi up --help` asks Pulumi.
    .enablePositionalOptions();

  program
    .command("up")
    .summary("deploy the application")
    .description(
      "Deploy the application: download what is missing, create a local cluster if there is none, run pulumi up and print the URL. Without a Docker engine or the Pulumi CLI, where nothing was deployed from this checkout yet: show what would be deployed, and run the application from source until Ctrl-C, also without a terminal. In CI (the variable CI is set) that is an error, exit code 1.",
    )
    .addOption(stackOption())
    .option(
      "--port <number>",
      "NodePort of the page; a new kind cluster maps it to this machine (default: 30080)",
      integer(30000, 32767),
    )
    .addOption(settingOption("backend.replicas=3"))
    .option("--cluster", "deploy or fail: never run the application from source instead")
    .action(async (options) => (await import("./commands/up.ts")).up(options));

  program
    .command("down")
    .summary("take the application down")
    .description("Take the application down. What storage.protect keeps stays, and is listed.")
    .addOption(stackOption())
    .option(
      "--cluster",
      "also delete the kind cluster or the minikube profile, with everything in it",
    )
    .action(async (options) => (await import("./commands/down.ts")).down(options));

  program
    .command("dev")
    .summary("run the application from source")
    .description("Run the application from source, with neither Docker nor a cluster.")
    .option("--port <number>", "port of the page", integer(1, 65535), 3000)
    .action(async (options) => (await import("./commands/dev.ts")).dev(options));

  program
    .command("doctor")
    .summary("check the prerequisites and both stacks")
    .description("Check the prerequisites and both stacks, and say how to fix what is wrong.")
    .action(async () => (await import("./commands/doctor.ts")).doctor());

  program
    .command("status")
    .summary("show the key metrics of the running application")
    .description(
      "Show the key metrics of the running application, from the Prometheus beside it, every five seconds until Ctrl-C.",
    )
    .addOption(stackOption())
    .addOption(new Option("--once", "print them once").conflicts("grafana"))
    .option("--grafana", "print a dashboard for Grafana to import")
    .action(async (options) => (await import("./commands/status.ts")).status(options));

  program
    .command("logs")
    .summary("show the logs of all pods")
    .description("Show the logs of all pods, in the order in which they were written.")
    .addOption(stackOption())
    .option("--follow", "keep showing new lines until Ctrl-C")
    .option(
      "--component <name>",
      "only one: backend, frontend, database, prometheus, alertmanager, backup",
    )
    .addOption(
      new Option("--since <duration>", "how far back, like 90s, 2h or 1d")
        .argParser(seconds)
        .default(600, "10m"),
    )
    .option("--request <id>", "only one request, by its x-request-id header")
    .option("--json", "the lines as they were written")
    .action(async (options) => (await import("./commands/logs.ts")).logs(options));

  program
    .command("settings")
    .summary("show the settings in force")
    .description(
      "Show the settings in force, with a * where one is not the default. Of one setting or one group, also what it does and accepts.",
    )
    .argument("[setting]", "a setting or a group, like storage.backup")
    .addOption(stackOption())
    .action(async (setting, options) =>
      (await import("./commands/settings.ts")).settings(options, setting),
    );

  program
    .command("drift")
    .summary("show how the cluster differs from the last update")
    .description(
      "Compare what runs in the cluster with what the last update deployed, object by object (expected → actual). Exit code 0: no drift; 2: drift; 1: the comparison failed.",
    )
    .addOption(stackOption())
    .option("--fix", "set each object back to what was deployed")
    .action(async (options) => (await import("./commands/drift.ts")).drift(options));

  program
    .command("repair")
    .summary("recover a stack after an interrupted update")
    .description(
      "Recover a stack after an interrupted update: unlock the state, clear pending operations and unfinished Helm releases. Run it only while no update of the stack is running.",
    )
    .addOption(stackOption())
    .action(async (options) => (await import("./commands/repair.ts")).repair(options));

  program
    .command("adopt")
    .summary("take over a deployment that this state does not know")
    .description(
      "Take over a deployment that runs and that the state does not know, after the folder .todo-chatbot was lost, from another checkout or from helm install: with its Secrets, settings, PVCs and data. Whoever owned it is refused from then on.",
    )
    .addOption(stackOption())
    .option("--port <number>", "NodePort of the page", integer(30000, 32767))
    .addOption(settingOption("cluster.namespace=todo"))
    .option("--yes", "skip confirmation")
    .action(async (options) => (await import("./commands/adopt.ts")).adopt(options));

  program
    .command("preview")
    .summary("show what the work tree would deploy, without a cluster or Docker")
    .description(
      "Show what the work tree would deploy, with neither a cluster nor Docker. Secrets are masked. Without a view: --policies. Exit code 1 when a policy is violated.",
    )
    .option(
      "--stack <name>",
      "dev, local or any other with a Pulumi.<name>.yaml; may be repeated (default: dev and local)",
      collect,
    )
    .option("--policies", "check every object and resource against the policies")
    .option(
      "--policy-config <file>",
      "settings of the policies, as for --policy-pack-config of Pulumi",
    )
    .option("--render <folder>", "write the Kubernetes objects to files, one folder per stack")
    .option(
      "--against <ref>",
      "compare with a git revision, object by object; <ref>..<ref> compares two",
    )
    .option(
      "--report <file>",
      "write plan, policies, objects and image sizes as a comment for a pull request; needs --against",
    )
    .action(async (options) => (await import("./commands/preview.ts")).preview(options));

  program
    .command("pulumi")
    .summary("run the Pulumi CLI on the stack of npm start")
    .description(
      "Run the Pulumi CLI on the stack of npm start, with its state, passphrase and settings.",
    )
    .addOption(stackOption())
    .argument("[args...]", "whatever Pulumi takes")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args, options) => (await import("./commands/pulumi.ts")).pulumi(args, options));

  const db = program
    .command("db")
    .summary("back up, restore and move the database")
    .description("Back up, restore and move the database.");

  db.command("backup")
    .summary("back up the database now")
    .description("Back up the database now, in addition to storage.backup.schedule.")
    .addOption(stackOption())
    .addOption(new Option("--list", "list the backups").conflicts(["download", "to"]))
    .option("--download <name>", "copy a backup and its checksum to this machine", backupName)
    .option("--to <folder>", "copy it to this folder (default with --download: .)")
    .action(async (options) => (await import("./commands/backup.ts")).backup(options));

  db.command("restore")
    .summary("replace the database with a backup")
    .description(
      "Replace everything in the database with a backup. It is verified first, and replaced in one transaction while the application runs. Safe to repeat.",
    )
    .argument("<backup>", "a file on this machine, or the name of a backup in the cluster")
    .addOption(stackOption())
    .option("--yes", "skip confirmation")
    .action(async (source, options) =>
      (await import("./commands/restore.ts")).restore(source, options),
    );

  db.command("move")
    .summary("move the data to another database, and the application with it")
    .description(
      "Move the data from the database in the cluster (bundled) to one elsewhere (external), or back. Reads keep working, writes do not. The copy is compared row by row before the application switches to it; on failure the application keeps the database it had. A move that was killed can be repeated.",
    )
    .addOption(stackOption())
    .addOption(new Option("--to <mode>", "where to move").choices(["external", "bundled"] as const))
    .option(
      "--url-from-env <variable>",
      "environment variable with the postgresql:// URL of the external database",
    )
    .option("--ca <file>", "CA bundle (PEM) of the external database, for sslmode=verify-full")
    .option("--replace", "give up the data that the target database has")
    .addOption(
      new Option(
        "--stop",
        "give up a move that was killed: the database of the settings becomes writable",
      ).conflicts(["to", "urlFromEnv", "ca", "replace"]),
    )
    .option("--yes", "skip confirmation")
    .action(async (options) => (await import("./commands/move.ts")).move(options));

  return program;
}

/** Scripts that are shorter to type than `npm run todo -- <name>`. */
export const scripts: ReadonlyMap<string, string> = new Map([
  ["up", "npm start"],
  ["down", "npm run down"],
  ["dev", "npm run dev"],
]);

/** Names of commands up to 1.0, and what to type instead. */
export const renamed: ReadonlyMap<string, string> = new Map([
  ["backup", "npm run todo -- db backup"],
  ["dashboard", "npm run todo -- status"],
  ["diff", "npm run todo -- preview --against <ref>"],
  ["docs", "npm run generate"],
  ["golden", "npm run generate"],
  ["move", "npm run todo -- db move"],
  ["policies", "npm run todo -- preview --policies"],
  ["pull-request", "npm run todo -- preview --against <ref> --report <file>"],
  ["render", "npm run todo -- preview --render <folder>"],
  ["restore", "npm run todo -- db restore"],
]);
