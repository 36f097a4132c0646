import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";

import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Folder } from "./folder.ts";

const url = "postgresql://u:hush%20@db.example.org/todo";
const [certificate = ""] = rootCertificates;

describe("db move", function () {
  this.timeout(60_000);

  const out = ["--to", "external", "--url-from-env", "TARGET"];
  const verified = `${url}?sslmode=verify-full`;
  for (const [what, args, env, words] of [
    [
      "no direction",
      [],
      {},
      /^error: --to is missing; it must be bundled, external or operator\.\n\nUsage: /,
    ],
    ["another direction", ["--to", "rds"], {}, /'rds' is invalid.*bundled, external, operator/],
    [
      "--stop with --to",
      ["--stop", "--to", "bundled"],
      {},
      /'--stop' cannot be used with option '--to <mode>'/,
    ],
    [
      "an unknown stack",
      ["--to", "bundled", "--stack", "prod"],
      {},
      /'prod' is invalid.*dev, local/,
    ],
    ["no address", ["--to", "external"], {}, /--url-from-env is missing/],
    ["a missing URL", out, {}, /The variable TARGET has no postgresql:/],
    ["an address of something else", out, { TARGET: "mysql://u:hush@h/d" }, /The variable TARGET/],
    [
      "an address for the bundled database",
      ["--to", "bundled", "--url-from-env", "TARGET"],
      { TARGET: url },
      /--url-from-env needs --to external/,
    ],
    [
      "an administrator's URL for the bundled database",
      ["--to", "bundled", "--admin-url-from-env", "ADMIN"],
      { ADMIN: url },
      /--admin-url-from-env needs --to external/,
    ],
    [
      "an administrator's URL of something else",
      [...out, "--admin-url-from-env", "ADMIN"],
      { TARGET: url, ADMIN: "mysql://u:hush@h/d" },
      /The variable ADMIN has no postgresql:/,
    ],
    [
      "an authority that nothing is checked by",
      [...out, "--ca", "ca.pem"],
      { TARGET: url },
      /--ca has no effect: .*sslmode=verify-full/,
    ],
    [
      "a check by nobody's authority",
      out,
      { TARGET: verified },
      /The URL verifies the server's certificate, so --ca is required/,
    ],
    [
      "an authority that is none",
      [...out, "--ca", "other.pem"],
      { TARGET: verified },
      /other\.pem has no certificates in PEM format/,
    ],
    [
      "a missing CA bundle",
      [...out, "--ca", "none.pem"],
      { TARGET: verified },
      /--ca: there is no file .*none\.pem/,
    ],
  ] as const) {
    it(`refuses ${what}, and shows no password`, async () => {
      using folder = new Folder({ "ca.pem": certificate, "other.pem": "no certificate" });
      const paths = args.map((arg) => (arg.endsWith(".pem") ? folder.at(arg) : arg));
      const { code, output } = await command("db move", paths, env);
      assert.equal(code, 2);
      assert.match(output, words);
      assert.doesNotMatch(output, /hush/);
    });
  }

  it("refuses a stack whose database has existing Secrets", async () => {
    using home = new Folder({
      "Pulumi.dev.yaml":
        "config:\n  todo-chatbot:secrets: { existing: { database: a, dbCredentials: b } }\n",
    });
    const env = { TARGET: url, TODO_CHATBOT_HOME: home.path };
    const { code, output } = await command("db move", out, env);
    assert.equal(code, 1);
    assert.match(output, /^Nothing was changed\. secrets\.existing names the Secrets/);
  });

  it("says that the stack is not deployed", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });
    const { code, output } = await command("db move", out, { TARGET: url });
    assert.equal(code, 1);
    assert.match(output, /^Stack dev is not deployed in kind-todo-chatbot/);
  });
});
