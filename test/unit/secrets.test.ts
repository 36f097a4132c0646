import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { AppSecretsArgs } from "../../components/secrets/secrets.ts";
import { AppSecrets } from "../../components/secrets/secrets.ts";
import { environment } from "../../components/secrets/environment.ts";
import type { SecretName } from "../../components/secrets/environment.ts";
import type { EngineOptions } from "./engine.ts";
import { all, isSecret, only, plain, settle, startEngine, valueOf } from "./engine.ts";

const secretType = "kubernetes:core/v1:Secret";
const passwordType = "random:index/randomPassword:RandomPassword";
const objects = ["db-credentials", "database-secret", "api-keys-secret", "auth-secret"] as const;

/** What one update makes: the values of every Secret, and the revision. */
interface Made {
  readonly secrets: AppSecrets;
  readonly values: Readonly<Record<SecretName, Readonly<Record<string, string>>>>;
  readonly revision: string;
}

async function register(
  args: Partial<AppSecretsArgs> = {},
  engine: EngineOptions = {},
): Promise<AppSecrets> {
  await startEngine(engine);
  const secrets = new AppSecrets(
    "secrets",
    {
      namespace: "todo-chatbot-namespace",
      databaseUrl: undefined,
      openaiApiKey: undefined,
      rotation: 0,
      existing: {},
      protect: false,
      ...args,
    },
    { provider: new k8s.Provider("provider") },
  );
  await settle();
  return secrets;
}

async function make(args: Partial<AppSecretsArgs> = {}, engine: EngineOptions = {}): Promise<Made> {
  const secrets = await register(args, engine);
  const revision = await valueOf(secrets.revision);
  const values = Object.fromEntries(
    objects.map((object) => [
      object,
      plain(only(secretType, `secrets-${object}`).inputs["stringData"]),
    ]),
  ) as Made["values"];
  return { secrets, values, revision };
}

const external = pulumi.secret("postgresql://me:hunter2@db.example.org:6543/todo");

describe("AppSecrets", () => {
  for (const object of objects) {
    it(`puts exactly the variables of the table into ${object}, encrypted`, async () => {
      const { values } = await make();
      const variables = environment.filter((variable) => variable.object === object);

      assert.deepEqual(
        Object.keys(values[object]).sort(),
        variables.map(({ name }) => name).sort(),
      );
      assert.ok(isSecret(only(secretType, `secrets-${object}`).inputs["stringData"]));
    });
  }

  it("generates passwords of 48 characters that need no escaping in a URL", async () => {
    const { values } = await make();
    const { POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD } = values["db-credentials"];
    const { JWT_SECRET_KEY, JWT_SECRET_KEY_PREVIOUS } = values["auth-secret"];

    for (const password of [POSTGRES_PASSWORD, JWT_SECRET_KEY, JWT_SECRET_KEY_PREVIOUS]) {
      assert.match(String(password), /^[A-Za-z0-9]{48}$/);
    }
    assert.equal(
      values["database-secret"]["DATABASE_URL"],
      `postgresql://${String(POSTGRES_USER)}:${String(POSTGRES_PASSWORD)}@database-service:5432/${String(POSTGRES_DB)}`,
    );
  });

  it("escapes a password that was taken over", async () => {
    const result = pulumi.secret("p@ss/w#rd");
    const { values } = await make({}, { outputs: { "secrets-database": { result } } });

    assert.equal(values["db-credentials"]["POSTGRES_PASSWORD"], "p@ss/w#rd");
    assert.match(String(values["database-secret"]["DATABASE_URL"]), /:p%40ss%2Fw%23rd@/);
  });

  it("takes the connection string of an external database as it is", async () => {
    const { values } = await make({ databaseUrl: external });

    assert.deepEqual(values["database-secret"], { DATABASE_URL: await valueOf(external) });
  });

  for (const operatorDatabase of ["used", "unused"] as const) {
    it(`gives the password to an operator's database that is ${operatorDatabase}`, async () => {
      const { secrets, values } = await make({ operatorDatabase });
      const { POSTGRES_PASSWORD: password = "" } = values["db-credentials"];
      const { type, stringData } = only(secretType, "secrets-database-owner").inputs;

      assert.ok(isSecret(stringData));
      assert.equal(type, "kubernetes.io/basic-auth");
      assert.deepEqual(plain(stringData), { username: "todo", password });
      assert.equal(await valueOf(secrets.ownerSecretName!), "database-owner");
      const url =
        operatorDatabase === "used"
          ? `postgresql://todo:${password}@database-rw:5432/todo?sslmode=verify-full`
          : `postgresql://todo:${password}@database-service:5432/todo`;
      assert.deepEqual(values["database-secret"], { DATABASE_URL: url });
    });
  }

  it("has no Secret for an operator's database where there is none", async () => {
    assert.equal((await register()).ownerSecretName, undefined);
  });

  it("takes the API key and the password for mails, empty where there is none", async () => {
    const given = await make({
      openaiApiKey: pulumi.secret("sk-1"),
      smtpPassword: pulumi.secret("hunter2"),
    });
    const none = await make();

    assert.deepEqual(given.values["api-keys-secret"], {
      OPENAI_API_KEY: "sk-1",
      SMTP_PASSWORD: "hunter2",
    });
    assert.deepEqual(none.values["api-keys-secret"], {
      OPENAI_API_KEY: "",
      SMTP_PASSWORD: "",
    });
  });

  it("puts the URL of a proxy into a Secret of its own, encrypted, and has none without", async () => {
    const url = "http://todo:hunter2@proxy.example.org:3128";
    const { secrets } = await make({ proxyUrl: pulumi.secret(url) });
    const { inputs } = only(secretType, "secrets-proxy-secret");

    assert.deepEqual(plain(inputs["stringData"]), { HTTPS_PROXY: url, HTTP_PROXY: url });
    assert.ok(isSecret(inputs["stringData"]));
    assert.equal(await valueOf(secrets.proxySecretName!), "proxy-secret");
    assert.equal((await make()).secrets.proxySecretName, undefined);
    assert.equal(all(secretType).length, objects.length);
  });

  for (const protect of [true, false]) {
    it(`${protect ? "keeps" : "gives up"} the database's password, and only that, at destroy when protect is ${String(protect)}`, async () => {
      await make({ protect });

      const kept = all(passwordType).flatMap(({ name, protect: is }) => (is ? [name] : []));
      assert.deepEqual(kept, protect ? ["secrets-database"] : []);
    });
  }
});

describe("existing Secrets", () => {
  const existing = { auth: "a", apiKeys: "b", database: "c", dbCredentials: "d" };

  it("take the place of those that would be created", async () => {
    const { names } = await register({ existing });

    assert.deepEqual(await valueOf(pulumi.all(names)), {
      "auth-secret": "a",
      "api-keys-secret": "b",
      "database-secret": "c",
      "db-credentials": "d",
    });
    assert.deepEqual(all(secretType), []);
  });

  it("leave the others as they are", async () => {
    await register({ existing: { auth: "a" } });

    assert.deepEqual(
      all(secretType)
        .map(({ name }) => name)
        .sort(),
      ["secrets-api-keys-secret", "secrets-database-secret", "secrets-db-credentials"],
    );
  });

  it("roll the pods when another one is named, and with the rotation", async () => {
    const revisionOf = async (args: Partial<AppSecretsArgs>) =>
      valueOf((await register(args)).revision);
    const revisions = [
      await revisionOf({}),
      await revisionOf({ existing }),
      await revisionOf({ existing: { ...existing, auth: "other" } }),
    ];
    assert.equal(new Set(revisions).size, 3);

    // The key and all other values stay.
    const result = pulumi.secret("x".repeat(48));
    const generated = ["database", "jwt-even", "jwt-odd"].map((part) => [
      `secrets-${part}`,
      { result },
    ]);
    const outputs = Object.fromEntries(generated) as Record<string, object>;
    const rotated = async (rotation: number, given: Partial<AppSecretsArgs>) =>
      valueOf((await register({ rotation, ...given }, { outputs })).revision);
    assert.equal(await rotated(0, {}), await rotated(2, {}));
    assert.notEqual(await rotated(0, { existing }), await rotated(2, { existing }));
  });
});

describe("the rotation of secrets", () => {
  let made: Made[];

  before(async () => {
    made = [];
    for (const rotation of [0, 1, 2, 3, 4, 5]) made.push(await make({ rotation }));
  });

  it("still accepts tokens that the previous key signed", () => {
    for (const [n, { values }] of made.slice(1).entries()) {
      assert.equal(
        values["auth-secret"]["JWT_SECRET_KEY_PREVIOUS"],
        made[n]!.values["auth-secret"]["JWT_SECRET_KEY"],
        `the key that was replaced by rotation ${n + 1}`,
      );
    }
  });

  it("signs with a key that was never used before", () => {
    const signing = made.map(({ values }) => values["auth-secret"]["JWT_SECRET_KEY"]);

    assert.equal(new Set(signing).size, made.length);
    assert.notEqual(made[0]!.values["auth-secret"]["JWT_SECRET_KEY_PREVIOUS"], signing[0]);
  });

  it("makes a new password for the database each time", () => {
    const passwords = made.map(({ values }) => values["db-credentials"]["POSTGRES_PASSWORD"]);

    assert.equal(new Set(passwords).size, made.length);
  });
});

describe("the revision of the secrets", () => {
  it("is twelve hex digits, and no secret itself", async () => {
    const { secrets, revision } = await make({ databaseUrl: external });

    assert.match(revision, /^[0-9a-f]{12}$/);
    assert.equal(await pulumi.isSecret(secrets.revision), false);
  });

  it("stays while no value changes", async () => {
    const [first, second] = [await make(), await make({ protect: true })];

    assert.equal(first.revision, second.revision);
  });

  for (const [what, args] of [
    ["the generated secrets rotate", { rotation: 1 }],
    ["the API key changes", { openaiApiKey: pulumi.secret("sk-2") }],
    ["the password for mails changes", { smtpPassword: pulumi.secret("hunter3") }],
    ["the database is another one", { databaseUrl: external }],
    ["there is a proxy", { proxyUrl: pulumi.secret("http://proxy:3128") }],
  ] as const) {
    it(`changes when ${what}`, async () => {
      const [before, after] = [await make(), await make(args)];

      assert.notEqual(before.revision, after.revision);
    });
  }

  it("can't be had from the values alone, so that they can't be guessed from it", async () => {
    const one = await make({ databaseUrl: external });
    const password = { "secrets-database": { result: "x".repeat(48) } };
    const other = await make({ databaseUrl: external }, { outputs: password });

    assert.deepEqual(one.values["database-secret"], other.values["database-secret"]);
    assert.notEqual(one.revision, other.revision);
    const unkeyed = createHash("sha256").update(JSON.stringify(one.values)).digest("hex");
    assert.notEqual(one.revision, unkeyed.slice(0, 12));
  });

  it("is the same in another state that has the same secrets", async () => {
    const one = await make();
    const two = await make();

    assert.equal(one.revision, two.revision);
    assert.deepEqual(
      all(passwordType)
        .map(({ name }) => name)
        .sort(),
      ["secrets-database", "secrets-jwt-even", "secrets-jwt-odd"],
    );
  });
});
