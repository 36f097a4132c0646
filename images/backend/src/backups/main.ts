// Run by the backup job to remove backups that are no longer kept, and to keep copies in a bucket:
// node backups.mjs prune | push | pull <name> | newest | list
import { Bucket, BucketError } from "./bucket.ts";
import { Copies } from "./copies.ts";
import { prune } from "./retention.ts";

const variable = (name: string): string => process.env[name] ?? "";
const folder = variable("FOLDER");
const say = (text: string): void => {
  console.log(text);
};

const copies = new Copies(
  new Bucket({
    endpoint: variable("S3_ENDPOINT"),
    bucket: variable("S3_BUCKET"),
    prefix: variable("S3_PREFIX"),
    region: variable("S3_REGION"),
    accessKeyId: variable("S3_ACCESS_KEY_ID"),
    secretAccessKey: variable("S3_SECRET_ACCESS_KEY"),
    caCertificate: variable("S3_CA_CERTIFICATE"),
  }),
  folder,
  say,
  variable("AGE_RECIPIENTS")
    .split(",")
    .filter((recipient) => recipient !== ""),
);
const retention = {
  last: Number(variable("KEEP")),
  daily: Number(variable("KEEP_DAILY")),
  weekly: Number(variable("KEEP_WEEKLY")),
  monthly: Number(variable("KEEP_MONTHLY")),
};
const [command, name = ""] = process.argv.slice(2);

try {
  if (command === "push") await copies.push(retention);
  if (command === "push" || command === "prune") await prune(folder, retention, say);
  else if (command === "pull") await copies.pull(name);
  else if (command === "newest") await copies.pullNewest();
  else if (command === "list") console.log((await copies.list()).join("\n"));
  else
    throw new BucketError(
      `Unknown command "${command ?? ""}"; use prune, push, pull <name>, newest or list.`,
    );
} catch (error) {
  if (!(error instanceof BucketError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
}
