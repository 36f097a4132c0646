import { Command, Option } from "@commander-js/extra-typings";

import {
  approvalOption,
  backupName,
  collect,
  digest,
  integer,
  newStackName,
  seconds,
  settingOption,
  settingOrGroup,
  stackOption,
} from "./options.ts";

/**
 * Declares all commands: `--help`, the validation of arguments and the table in the README come
 * from here. A command's modules are loaded when it runs, which keeps help and usage errors fast.
 */
export function todo(): Command {
  const program = new Command("npm run todo --")
    .description("Deploys the Todo chatbot, manages its data, and previews changes.")
    // Options after a command's name belong to it: `todo pulumi up --help` shows Pulumi's help.
    .enablePositionalOptions();

  program
    .command("up")
    .summary("deploy the application")
    .description(
      "Deploy the application: download missing tools, create a local cluster if there is none, run pulumi up and print the URL. Without a Docker engine or the Pulumi CLI, and if nothing was deployed from this checkout yet: show what would be deployed, and run the application from source until Ctrl-C, even without a terminal. In CI (the variable CI is set) that is an error, exit code 1. On a remote cluster the plan is shown and has to be confirmed first.",
    )
    .addOption(stackOption())
    .option(
      "--port <number>",
      "NodePort of the web UI; a new kind cluster maps it to this machine (default: 30080)",
      integer(30000, 32767),
    )
    .addOption(settingOption("backend.replicas=3"))
    .option("--cluster", "fail instead of running the application from source")
    .addOption(approvalOption())
    .option(
      "--reviewed <digest>",
      "deploy only what was reviewed: the stack's digest in the pull request's comment; implies --cluster",
      digest,
    )
    .option(
      "--digests <file>",
      "the review's file of digests (preview --digests), to name what differs from --reviewed",
    )
    .action(async (options) => {
      await (await import("./commands/up.ts")).up(options);
    });

  program
    .command("down")
    .summary("take the application down")
    .description(
      "Take the application down. Resources that storage.protect protects are kept and listed. On a remote cluster the plan is shown and has to be confirmed first.",
    )
    .addOption(stackOption())
    .option(
      "--cluster",
      "also delete the kind cluster or the minikube profile, with everything in it",
    )
    .addOption(approvalOption())
    .action(async (options) => (await import("./commands/down.ts")).down(options));

  program
    .command("dev")
    .summary("run the application from source")
    .description("Run the application from source, with neither Docker nor a cluster.")
    .option("--port <number>", "port of the web UI", integer(1, 65535), 3000)
    .action(async (options) => (await import("./commands/dev.ts")).dev(options));

  program
    .command("watch")
    .summary("run each edit in the cluster, and show the logs")
    .description(
      "Run each edit of images/backend and images/frontend in the pods of a deployed stack as soon as it is saved, and show their logs, until Ctrl-C. Then the pods are again what was deployed. An edit with errors is shown, and the code from before keeps running. Not for remote clusters.",
    )
    .addOption(stackOption())
    .action(async (options) => (await import("./commands/watch.ts")).watch(options));

  program
    .command("doctor")
    .summary("check the prerequisites and all stacks")
    .description("Check the prerequisites and all stacks, and say how to fix problems.")
    .action(async () => (await import("./commands/doctor.ts")).doctor());

  program
    .command("status")
    .summary("show the key metrics of the running application")
    .description(
      "Show the key metrics of the running application from the bundled Prometheus, every five seconds until Ctrl-C.",
    )
    .addOption(stackOption())
    .addOption(
      new Option("--once", "print them once, as into a pipe or a file").conflicts("grafana"),
    )
    .option("--grafana", "print a Grafana dashboard to import")
    .action(async (options) => (await import("./commands/status.ts")).status(options));

  program
    .command("logs")
    .summary("show the logs of all pods")
    .description("Show the logs of all pods, in chronological order.")
    .addOption(stackOption())
    .option("--follow", "keep showing new lines until Ctrl-C")
    .option(
      "--component <name>",
      "only this one: backend, frontend, database, prometheus, alertmanager or backup",
    )
    .addOption(
      new Option("--since <duration>", "how far back, like 90s, 2h or 1d")
        .argParser(seconds)
        .default(600, "10m"),
    )
    .option("--request <id>", "only this request, by its x-request-id header")
    .option("--json", "the raw lines")
    .action(async (options) => (await import("./commands/logs.ts")).logs(options));

  program
    .command("settings")
    .summary("show the effective settings")
    .description(
      "Show the effective settings; * marks values that differ from the default. For one setting or group, also show what it does and accepts.",
    )
    .argument("[setting]", "a setting or a group, like storage.backup", settingOrGroup)
    .addOption(stackOption())
    .action(async (setting, options) =>
      (await import("./commands/settings.ts")).settings(options, setting),
    );

  program
    .command("drift")
    .summary("show how the cluster differs from the last update")
    .description(
      "Compare the cluster with what the last update deployed, object by object (expected → actual). Exit code 0: no drift; 2: drift; 1: the comparison failed.",
    )
    .addOption(stackOption())
    .option("--fix", "reset each object to what was deployed")
    .addOption(approvalOption())
    .action(async (options) => (await import("./commands/drift.ts")).drift(options));

  program
    .command("scan")
    .summary("scan the deployed images for known vulnerabilities")
    .description(
      "Scan the deployed images for known vulnerabilities, with Grype and its newest database, which are downloaded if they are missing. Exit code 0: all passed; 2: an image failed by images.scan; 1: an image could not be scanned.",
    )
    .addOption(stackOption())
    .action(async (options) => (await import("./commands/scan.ts")).scan(options));

  program
    .command("repair")
    .summary("recover a stack after an interrupted update")
    .description(
      "Recover a stack after an interrupted update: unlock the state, clear pending operations and unfinished Helm releases. Run it only while no update of the stack is running.",
    )
    .addOption(stackOption())
    .action(async (options) => (await import("./commands/repair.ts")).repair(options));

  program
    .command("rollback")
    .summary("list the builds to go back to, or deploy one of them")
    .description(
      "List the builds that are kept, with a verdict for each: whether its images still exist, and whether it works with the database's schema. With --to: deploy its images, as an ordinary update, with the settings and the chart of this checkout.",
    )
    .addOption(stackOption())
    .option("--to <revision>", "revision of the build, from the list", integer(1, 1_000_000))
    .addOption(approvalOption())
    .action(async (options) => (await import("./commands/rollback.ts")).rollback(options));

  program
    .command("adopt")
    .summary("take over a deployment that is not in this state")
    .description(
      "Take over a running deployment that is not in the state, after the folder .todo-chatbot was lost, from another checkout or from helm install: with its Secrets, settings, PVCs and data. The previous owner can't change it any more.",
    )
    .addOption(stackOption())
    .option("--port <number>", "NodePort of the web UI", integer(30000, 32767))
    .addOption(settingOption("cluster.namespace=todo"))
    .option("--yes", "skip confirmation")
    .action(async (options) => (await import("./commands/adopt.ts")).adopt(options));

  program
    .command("preview")
    .summary("show what the working tree would deploy, without a cluster or Docker")
    .description(
      "Show what the working tree would deploy, without a cluster or Docker. Secrets are masked. The default is --policies. Exit code 1 when a policy is violated.",
    )
    .option(
      "--stack <name>",
      "a stack with a file Pulumi.<name>.yaml; may be repeated (default: all)",
      collect,
    )
    .option("--policies", "check every object and resource against the policies")
    .option("--policy-config <file>", "policy settings, as for Pulumi's --policy-pack-config")
    .option("--render <folder>", "write the Kubernetes objects to files, one folder per stack")
    .option(
      "--against <ref>",
      "compare with a git revision, object by object; <ref>..<ref> compares two",
    )
    .option(
      "--report <file>",
      "write plan, policies, objects and images as a pull request comment; needs --against",
    )
    .option(
      "--scan",
      "scan the images for the report, with Grype and its newest database; needs --report",
    )
    .option(
      "--state",
      "plan from the state of each stack that the configured Pulumi backend has, with its kubeconfig; only reads them",
    )
    .option(
      "--digests <file>",
      "write a digest of what each stack deploys, and of each object in it, for up --reviewed",
    )
    .action(async (options) => (await import("./commands/preview.ts")).preview(options));

  const stack = program.command("stack").summary("create a stack").description("Create a stack.");

  stack
    .command("new")
    .summary("create a stack file for another cluster")
    .description(
      "Create a stack file, Pulumi.<name>.yaml, with a comment for each setting. Asks for what the options don't say; without a terminal and in CI, they have to say it. An existing file is never changed.",
    )
    .argument("<name>", "name of the stack, like production", newStackName)
    .addOption(
      new Option(
        "--kind <kind>",
        "kind of cluster; remote is any that is not on this machine",
      ).choices(["kind", "minikube", "remote"] as const),
    )
    .option("--context <name>", "context in the kubeconfig")
    .option("--registry <path>", "registry to push the images to, for a remote cluster")
    .option(
      "--host <name>",
      "host name of the web UI, served by an Ingress (default: a load balancer)",
    )
    .option("--cluster-issuer <name>", "ClusterIssuer of cert-manager for the host's certificate")
    .option("--tls-secret <name>", "Secret with the TLS certificate for the host")
    .addOption(
      new Option("--database <mode>", "bundled is in the cluster (default)").choices([
        "bundled",
        "external",
        "operator",
      ] as const),
    )
    .option(
      "--database-url-from-env <variable>",
      "environment variable with the postgresql:// URL of an external database, to be encrypted in the file",
    )
    .option(
      "--secrets-provider <url>",
      "key management service that encrypts the stack's secrets, like awskms://… (default: a passphrase, or Pulumi Cloud)",
    )
    .addOption(settingOption("storage.size=10Gi"))
    .action(async (name, options) =>
      (await import("./commands/stack-new.ts")).newStack(name, options),
    );

  program
    .command("pulumi")
    .summary("run the Pulumi CLI on the stack of npm start")
    .description(
      "Run the Pulumi CLI on the stack of npm start, with its state, passphrase and settings.",
    )
    .addOption(stackOption())
    .argument("[args...]", "arguments for Pulumi")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args, options) => (await import("./commands/pulumi.ts")).pulumi(args, options));

  program
    .command("reset-password")
    .summary("create a link for a user who forgot the password")
    .description(
      "Create a link for a user who forgot the password. It works once, within an hour; setting a new password ends all sessions of the account.",
    )
    .argument("<email>", "e-mail address of the account")
    .addOption(stackOption())
    .action(async (email, options) =>
      (await import("./commands/reset-password.ts")).resetPassword(email, options),
    );

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

  db.command("drill")
    .summary("prove the newest backup now")
    .description(
      "Restore the newest backup into a throwaway database, compare every table with what the backup recorded, and run the migrations on it, in addition to storage.backup.drill.schedule. Changes nothing.",
    )
    .addOption(stackOption())
    .action(async (options) => (await import("./commands/drill.ts")).drill(options));

  db.command("restore")
    .summary("replace the database with a backup")
    .description(
      "Replace everything in the database with a backup. The backup is verified first, and restored in one transaction while the application runs. Safe to repeat.",
    )
    .argument("<backup>", "a file on this machine, or the name of a backup in the cluster")
    .addOption(stackOption())
    .option(
      "--identity <file>",
      "file with the private key, for an encrypted copy in the bucket; it is only read on this machine",
    )
    .addOption(
      new Option("--check", "only verify the backup: decrypt it and read it to the end").conflicts(
        "lostVolume",
      ),
    )
    .option(
      "--lost-volume",
      "first replace the PVCs whose volume was on a node that is gone for good, and deploy the stack again",
    )
    .option("--yes", "skip confirmation")
    .action(async (source, options) =>
      (await import("./commands/restore.ts")).restore(source, options),
    );

  db.command("key")
    .summary("create a key pair for encrypted backups")
    .description(
      "Create a key pair of age, to encrypt copies of backups in a bucket (storage.backup.s3.recipients). Writes the private key to a new file that only you can read, and prints the public one.",
    )
    .argument("<file>", "new file for the private key")
    .action(async (file) => (await import("./commands/key.ts")).key(file));

  db.command("move")
    .summary("move the data and the application to another database")
    .description(
      "Move the data from one database to another: bundled, external or operator (database.mode). The database is read-only during the move. The copy is compared row by row before the application switches over; on failure the application keeps its current database. A move that was killed can be repeated.",
    )
    .addOption(stackOption())
    .addOption(
      new Option("--to <mode>", "where to move").choices([
        "bundled",
        "external",
        "operator",
      ] as const),
    )
    .option(
      "--url-from-env <variable>",
      "environment variable with the postgresql:// URL of the external database",
    )
    .option(
      "--admin-url-from-env <variable>",
      "environment variable with the URL of an administrator, who grants its user what it lacks",
    )
    .option("--ca <file>", "CA bundle (PEM) of the external database, for sslmode=verify-full")
    .option("--replace", "discard the data in the target database")
    .addOption(
      new Option(
        "--stop",
        "abandon a move that was killed: the configured database becomes writable",
      ).conflicts(["to", "urlFromEnv", "adminUrlFromEnv", "ca", "replace"]),
    )
    .option("--yes", "skip confirmation")
    .action(async (options) => (await import("./commands/move.ts")).move(options));

  return program;
}

/** Shorter forms of `npm run todo -- <name>`. */
export const scripts: ReadonlyMap<string, string> = new Map([
  ["up", "npm start"],
  ["down", "npm run down"],
  ["dev", "npm run dev"],
]);

/** Commands up to 1.0, with their replacements. */
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
