import assert from "node:assert/strict";
import crypto, { createHmac, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { mock } from "node:test";

import { RateLimiter } from "../src/http/rate-limit.ts";
import { TokenAuthority } from "../src/auth/token.ts";
import { hashPassword, verifyPassword } from "../src/auth/password.ts";
import { signingKey, TestBackend, type Person } from "./support/backend.ts";

describe("signing in", () => {
  let backend: TestBackend;
  before(async () => {
    backend = await TestBackend.start();
  });
  after(() => backend.stop());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    backend.send("POST", `/api/auth/${path}`, { body, headers });

  it("makes an account whose token works at once", async () => {
    const { status, body } = await post("register", {
      email: "Ann@Example.com",
      password: "plain-horse",
    });
    assert.equal(status, 201);
    assert.equal(body.user.email, "ann@example.com");
    const tasks = await backend.send("GET", "/api/tasks", {
      as: { ...body.user, token: body.token },
    });
    assert.deepEqual([tasks.status, tasks.body], [200, []]);
  });

  it("signs in again, whatever the case of the address", async () => {
    const { status, body } = await post("login", {
      email: "ANN@example.com",
      password: "plain-horse",
    });
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), ["token", "user", "device"]);
  });

  it("refuses a second account with the same address", async () => {
    const { status, body } = await post("register", {
      email: "ann@example.com",
      password: "other-horse",
    });
    assert.equal(status, 409);
    assert.match(body.detail, /sign in instead/);
  });

  it("gives the same answer for a wrong password and an unknown address", async () => {
    const wrong = await post("login", { email: "ann@example.com", password: "wrong password" });
    const unknown = await post("login", { email: "nobody@example.com", password: "plain-horse" });
    assert.equal(wrong.status, 401);
    assert.match(String(wrong.headers["www-authenticate"]), /^Bearer\b/);
    assert.equal(wrong.headers["www-authenticate"], unknown.headers["www-authenticate"]);
    const { requestId: _, ...body } = wrong.body;
    const { requestId: __, ...other } = unknown.body;
    assert.deepEqual(body, other);
  });

  for (const [fault, body] of [
    ["no e-mail address", { email: "ann", password: "plain-horse" }],
    ["a short password", { email: "bob@example.com", password: "short" }],
    ["a huge password", { email: "bob@example.com", password: "x".repeat(201) }],
    ["an unknown field", { email: "bob@example.com", password: "plain-horse", admin: true }],
    ["no object", ["bob@example.com"]],
  ] as const) {
    it(`refuses a registration with ${fault}`, async () => {
      const answer = await post("register", body);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers["content-type"], "application/problem+json; charset=utf-8");
      assert.ok(answer.body.errors.length > 0);
    });
  }

  const guess = (email: string, network: number, more: object = {}) =>
    post(
      "login",
      { email, password: "a wrong guess", ...more },
      { "x-forwarded-for": `203.0.113.${network}` },
    );

  it("stops guessing at one account from one address after ten tries", async () => {
    await post("register", { email: "victim@example.com", password: "plain-horse" });
    const statuses = [];
    for (let turn = 0; turn < 12; turn += 1) {
      const answer = await guess("victim@example.com", 1);
      statuses.push(answer.status);
      if (answer.status === 429) assert.ok(Number(answer.headers["retry-after"]) > 0);
    }
    assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429, 429]);
    assert.equal((await guess("victim@example.com", 2)).status, 401, "from another address");
  });

  it("stops guessing from many addresses, and still lets a known device in", async () => {
    const email = "known@example.com";
    const right = { password: "plain-horse" };
    const { device } = (await post("register", { email, ...right })).body;
    const limit = { name: "login by account", burst: 100, refillSeconds: 60, message: "" };
    const limiter = new RateLimiter(backend.database);
    for (let turn = 0; turn < 100; turn += 1) await limiter.take(limit, email);
    assert.equal((await guess(email, 101)).status, 429);
    assert.equal((await guess(email, 102, right)).status, 429, "on a new device");
    assert.equal((await guess(email, 103, { ...right, device })).status, 200);
    const wrong = [];
    for (let turn = 0; turn < 11; turn += 1) {
      wrong.push((await guess(email, 104 + turn, { device })).status);
    }
    assert.deepEqual(wrong, [...Array<number>(10).fill(401), 429]);
  });

  it("takes the proof of a device for its account only, and not for a token", async () => {
    const { body } = await post("register", { email: "one@example.com", password: "plain-horse" });
    await post("register", { email: "two@example.com", password: "plain-horse" });
    for (let turn = 0; turn < 11; turn += 1) {
      await guess("two@example.com", 150, { device: body.device });
    }
    assert.equal((await guess("two@example.com", 150, { device: body.device })).status, 429);
    const headers = { authorization: `Bearer ${body.device}` };
    assert.equal((await backend.send("GET", "/api/tasks", { headers })).status, 401);
  });

  for (const [fault, password] of [
    ["among the commonest", "Football"],
    ["blank", "         "],
    ["one letter", "aaaaaaaaaa"],
    ["the address", "me.myself@example.com"],
    ["the beginning of the address", "ME.MYSELF"],
  ] as const) {
    it(`refuses a password that is ${fault}`, async () => {
      const { status, body } = await post("register", { email: "me.myself@example.com", password });
      assert.equal(status, 400);
      assert.equal(body.errors[0].path, "body.password");
      assert.match(body.detail, /choose another/);
    });
  }

  it("takes a password in composed and decomposed letters, and blanks around the address", async () => {
    const account = { email: "cafe@example.com", password: "café-café".normalize("NFD") };
    await post("register", account);
    for (const password of [account.password, "café-café"]) {
      const { status } = await post("login", { email: " Cafe@example.com ", password });
      assert.equal(status, 200);
    }
  });

  it("doesn't count sign-ins that succeed", async () => {
    await post("register", { email: "often@example.com", password: "plain-horse" });
    for (let round = 0; round < 12; round += 1) {
      const { status } = await post("login", {
        email: "often@example.com",
        password: "plain-horse",
      });
      assert.equal(status, 200);
    }
  });

  it("keeps limits across replicas that share a database", async () => {
    const replica = await TestBackend.start({ database: backend.database });
    const guess = { email: "shared@example.com", password: "wrong password" };
    for (let round = 0; round < 10; round += 1) await post("login", guess);
    const { status } = await replica.send("POST", "/api/auth/login", { body: guess });
    assert.equal(status, 429);
    await replica.app.close();
  });

  it("keeps neither addresses nor passwords in the log", () => {
    assert.doesNotMatch(backend.log.join(""), /example\.com|plain-horse|203\.0\.113|eyJ/);
  });
});

describe("tokens", () => {
  let backend: TestBackend;
  let person: Person;
  before(async () => {
    backend = await TestBackend.start();
    person = await backend.register();
  });
  after(() => backend.stop());

  const now = () => Math.floor(Date.now() / 1000);
  const claims = () => ({
    sub: person.id,
    iss: "todo-chatbot",
    aud: "todo-chatbot-api",
    iat: now(),
    exp: now() + 600,
  });
  const encode = (value: unknown): string =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const forge = (
    header: object,
    payload: unknown,
    key: string = signingKey,
    hash = "sha256",
  ): string => {
    const content = `${encode(header)}.${encode(payload)}`;
    return `${content}.${createHmac(hash, key).update(content).digest("base64url")}`;
  };
  const hs256 = { alg: "HS256", typ: "JWT" };
  const statusWith = async (authorization: string): Promise<number> =>
    (await backend.send("GET", "/api/tasks", { headers: { authorization } })).status;

  it("accepts what is signed with the key and has all claims", async () => {
    assert.equal(await statusWith(`Bearer ${forge(hs256, claims())}`), 200);
  });

  const forgeries: readonly (readonly [string, () => string])[] = [
    ["no signature (alg none)", () => `${encode({ alg: "none" })}.${encode(claims())}.`],
    ["another key", () => forge(hs256, claims(), "another key that is also long enough")],
    ["an empty key", () => forge(hs256, claims(), "")],
    ["HS512 with the right key", () => forge({ alg: "HS512" }, claims(), signingKey, "sha512")],
    ["HS256 under another name", () => forge({ alg: "hs256" }, claims())],
    ["an expiry in the past", () => forge(hs256, { ...claims(), exp: now() - 1 })],
    ["no expiry", () => forge(hs256, { ...claims(), exp: undefined })],
    ["an expiry that is text", () => forge(hs256, { ...claims(), exp: "9999999999" })],
    ["a start in the future", () => forge(hs256, { ...claims(), nbf: now() + 600 })],
    ["another audience", () => forge(hs256, { ...claims(), aud: "todo-chatbot-admin" })],
    ["no audience", () => forge(hs256, { ...claims(), aud: undefined })],
    ["another issuer", () => forge(hs256, { ...claims(), iss: "todo-chatbot.example.com" })],
    ["no subject", () => forge(hs256, { ...claims(), sub: undefined })],
    ["a subject that is no id", () => forge(hs256, { ...claims(), sub: "' OR 1=1 --" })],
    [
      "a changed payload",
      () =>
        forge(hs256, claims()).replace(
          /\.[^.]+\./,
          `.${encode({ ...claims(), sub: randomUUID() })}.`,
        ),
    ],
    ["a cut signature", () => forge(hs256, claims()).slice(0, -4)],
    ["a critical extension", () => forge({ ...hs256, crit: ["b64"], b64: false }, claims())],
    ["100 kB", () => forge(hs256, { ...claims(), pad: "x".repeat(5000) })],
    ["no JSON", () => forge(hs256, "not json")],
    ["two dots and nothing else", () => ".."],
    [
      "RS256 of a stranger",
      () => {
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        const content = `${encode({ alg: "RS256" })}.${encode(claims())}`;
        return `${content}.${createSign("RSA-SHA256").update(content).sign(privateKey).toString("base64url")}`;
      },
    ],
  ];
  for (const [fault, token] of forgeries) {
    it(`refuses a token with ${fault}`, async () => {
      assert.equal(await statusWith(`Bearer ${token()}`), 401);
    });
  }

  for (const header of ["", "Bearer", "Bearer ", "Basic YTpi", "Token abc", "Bearer a b"]) {
    it(`refuses the authorization "${header}"`, async () => {
      assert.equal(await statusWith(header), 401);
    });
  }

  it("forgets a verified token when it expires", async () => {
    const authority = new TokenAuthority(signingKey, undefined);
    const token = forge(hs256, { ...claims(), exp: now() + 1 });
    assert.equal((await authority.verify(token))?.userId, person.id);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal(await authority.verify(token), undefined);
  });

  it("are accepted under the previous key while keys overlap, and no longer after", async () => {
    const newKey = "the next key, which is long enough too";
    const old = await new TokenAuthority(signingKey, undefined).sign(person.id);
    const overlap = new TokenAuthority(newKey, signingKey);
    assert.equal((await overlap.verify(old))?.userId, person.id);
    const fresh = await overlap.sign(person.id);
    assert.equal((await new TokenAuthority(newKey, undefined).verify(fresh))?.userId, person.id);
    assert.equal(await new TokenAuthority(signingKey, undefined).verify(fresh), undefined);
    assert.equal(await new TokenAuthority(newKey, undefined).verify(old), undefined);
  });

  it("of an account that is gone can't write", async () => {
    const stranger = forge(hs256, { ...claims(), sub: randomUUID() });
    const { status, body } = await backend.send("POST", "/api/tasks", {
      headers: { authorization: `Bearer ${stranger}` },
      body: { title: "x" },
    });
    assert.equal(status, 401);
    assert.match(body.detail, /no longer exists/);
  });
});

describe("passwords", () => {
  it("are kept as argon2id with a salt of their own", async () => {
    const [one, two] = await Promise.all([hashPassword("same"), hashPassword("same")]);
    assert.match(one, /^\$argon2id\$v=19\$m=12288,t=3,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, two);
    assert.equal(await verifyPassword("same", one), true);
    assert.equal(await verifyPassword("Same", one), false);
  });

  it("with an older cost still fit", async () => {
    // The reference implementation's output for "password", salt "somesalt", m=65536, t=2, p=1.
    const old =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    assert.equal(await verifyPassword("password", old), true);
    assert.equal(await verifyPassword("passwore", old), false);
  });

  it("cost the same work for accounts that don't exist", async () => {
    const argon2 = mock.method(crypto, "argon2");
    syncBuiltinESMExports();
    // A copy of the module: the one above keeps the argon2 that it was loaded with.
    const copy = "../src/auth/password.ts?counted";
    const counted = (await import(copy)) as typeof import("../src/auth/password.ts");
    const workOf = async (phc: string | undefined) => {
      argon2.mock.resetCalls();
      assert.equal(await counted.verifyPassword("wröng", phc), false);
      return argon2.mock.calls.map(({ arguments: [algorithm, parameters] }) => {
        const { memory, passes, parallelism, tagLength, message } = parameters;
        return [algorithm, memory, passes, parallelism, tagLength, message];
      });
    };
    try {
      const known = await workOf(await hashPassword("right"));
      assert.equal(known.length, 2);
      assert.deepEqual(await workOf(undefined), known);
    } finally {
      mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

  it("are refused rather than queued without end", async () => {
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => hashPassword("x")));
    const refused = results.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 30 - 22);
    assert.equal((refused[0] as PromiseRejectedResult).reason.status, 503);
  });
});
