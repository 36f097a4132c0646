import assert from "node:assert/strict";
import { rootCertificates } from "node:tls";

import { ApiServer, Kubeconfig } from "./apiServer.ts";
import { command } from "./command.ts";
import { Folder } from "./folder.ts";

const url = "postgresql://u:hush%20@db.example.org/todo";
const [certificate = ""] = rootCertificates;

describe("npm run move", function () {
  this.timeout(60_000);

  const out = ["--to", "external", "--url-from-env", "TARGET"];
  const verified = `${url}?sslmode=verify-full`;
  for (const [what, args, env, words] of [
    ["no direction", [], {}, /^--to is missing; it must be external or bundled\.\n\nnpm run move/],
    ["another direction", ["--to", "rds"], {}, /^--to is rds; it must be external or bundled/],
    ["an unknown stack", ["--to", "bundled", "--stack", "prod"], {}, /^There is no stack "prod"/],
    ["no address", ["--to", "external"], {}, /^--url-from-env is missing/],
    ["an address that is not there", out, {}, /^The variable TARGET holds no postgresql:/],
    ["an address of something else", out, { TARGET: "mysql://u:hush@h/d" }, /^The variable TARGET/],
    [
      "an address for the bundled database",
      ["--to", "bundled", "--url-from-env", "TARGET"],
      { TARGET: url },
      /^--url-from-env is for --to external/,
    ],
    [
      "an authority that nothing is checked by",
      [...out, "--ca", "ca.pem"],
      { TARGET: url },
      /^--ca is given, but the URL does not ask for a check .*sslmode=verify-full/,
    ],
    [
      "a check by nobody's authority",
      out,
      { TARGET: verified },
      /^The URL asks for a check of the server's certificate, so --ca is needed/,
    ],
    [
      "an authority that is none",
      [...out, "--ca", "other.pem"],
      { TARGET: verified },
      /other\.pem holds no certificates in PEM form/,
    ],
    [
      "an authority that is not there",
      [...out, "--ca", "none.pem"],
      { TARGET: verified },
      /^ENOENT.*none\.pem/,
    ],
  ] as const) {
    it(`refuses ${what}, and shows no password`, async () => {
      using folder = new Folder({ "ca.pem": certificate, "other.pem": "no certificate" });
      const paths = args.map((arg) => (arg.endsWith(".pem") ? folder.at(arg) : arg));
      const { code, output } = await command("move", paths, env);
      assert.equal(code, 1);
      assert.match(output, words);
      assert.doesNotMatch(output, /hush/);
    });
  }

  it("says that the stack is not deployed", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ "kind-todo-chatbot": server.url });
    const { code, output } = await command("move", out, { TARGET: url });
    assert.equal(code, 1);
    assert.match(output, /^Stack dev is not deployed in kind-todo-chatbot/);
  });
});
