import assert from "node:assert/strict";
import { delimiter, join } from "node:path";

import { accessTo, readKubeconfig } from "../../lib/kubeconfig.ts";
import { Variable } from "./fakes.ts";
import { Folder } from "./folder.ts";

/** A file with one entry in each list. */
const entries = (server: string, { cluster = {}, user = {} }: Record<string, object> = {}) =>
  JSON.stringify({
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: { token: server, ...user } }],
  });

/** Reads files of a folder, as KUBECONFIG lists them. */
function read(files: Readonly<Record<string, string>>, ...listed: readonly string[]) {
  using folder = new Folder(files);
  using _kubeconfig = new Variable(
    "KUBECONFIG",
    listed.map((file) => folder.at(file)).join(delimiter),
  );
  const config = readKubeconfig();
  return { access: config && accessTo(config, "x"), folder: folder.path };
}

describe("the kubeconfig", () => {
  for (const [what, files, listed] of [
    ["one file", { a: entries("http://a") }, ["a"]],
    ["a list with a missing file", { a: entries("http://a") }, ["missing", "a", "missing-too"]],
    [
      "a list with empty files",
      { a: entries("http://a"), b: "", c: "# none\n---\n" },
      ["b", "a", "c"],
    ],
    [
      "two files with the same names",
      { a: entries("http://a"), b: entries("http://b") },
      ["a", "b"],
    ],
    [
      "a list with a cluster that has no server, and a user without a name",
      {
        a: entries("http://a"),
        b: '{"clusters":[{"name":"d","cluster":{"server":""}}],"users":[{}]}',
      },
      ["b", "a"],
    ],
    [
      "lists that are null",
      { a: entries("http://a"), b: "clusters: null\ncontexts:\n" },
      ["b", "a"],
    ],
  ] as const) {
    it(`is read from ${what}`, () => {
      const { access } = read(files, ...listed);

      assert.equal(access?.server, "http://a");
      assert.equal(access.user["token"], "http://a");
    });
  }

  it("is absent when none of the files exists", () => {
    assert.equal(read({}, "missing").access, undefined);
  });

  it("is the one in the home folder without KUBECONFIG", () => {
    using home = new Folder({ ".kube/config": entries("http://home") });
    using _home = new Variable("HOME", home.path);
    using _kubeconfig = new Variable("KUBECONFIG", "");

    assert.equal(accessTo(readKubeconfig() ?? assert.fail(), "x")?.server, "http://home");
  });

  it("says which file can't be read", () => {
    assert.throws(
      () => read({ a: entries("http://a"), b: "clusters: [" }, "a", "b"),
      /^Error: \/\S+\/b: /,
    );
  });

  for (const text of ["some words", "- a", "contexts: {x: {cluster: c}}"]) {
    it(`says that a file is no kubeconfig: ${text}`, () => {
      assert.throws(() => read({ a: text }, "a"), /^Error: \/\S+\/a: this is no kubeconfig$/);
    });
  }

  it("resolves relative paths against the folder of their file", () => {
    const cluster = { "certificate-authority": "ca.crt" };
    const user = { "client-key": "/etc/key", exec: { command: "./bin/login" }, tokenFile: "token" };
    const { access, folder } = read({ "sub/a": entries("http://a", { cluster, user }) }, "sub/a");
    const at = (file: string) => join(folder, "sub", file);

    assert.equal(access?.cluster["certificate-authority"], at("ca.crt"));
    assert.deepEqual(access.user, {
      "client-key": "/etc/key",
      exec: { command: at("bin/login") },
      "auth-provider": { name: "tokenFile", config: { tokenFile: at("token") } },
      token: undefined,
    });
  });

  it("leaves a program that is looked up on PATH as it is", () => {
    const { access } = read(
      { a: entries("http://a", { user: { exec: { command: "aws" } } }) },
      "a",
    );

    assert.deepEqual(access?.user["exec"], { command: "aws" });
  });

  it("gets the proxy of the environment where it names none itself", () => {
    using _proxy = new Variable("HTTPS_PROXY", "http://proxy.example:3128");
    const own = { cluster: { "proxy-url": "http://own.example:3128" } };
    const proxyOf = (file: string) => read({ a: file }, "a").access?.cluster["proxy-url"];

    assert.equal(proxyOf(entries("https://api.example")), "http://proxy.example:3128");
    assert.equal(proxyOf(entries("https://api.example", own)), "http://own.example:3128");
    assert.equal(proxyOf(entries("https://127.0.0.1:6443")), undefined);
  });
});
