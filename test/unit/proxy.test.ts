import assert from "node:assert/strict";

import { proxyFor } from "../../lib/proxy.ts";

const proxy = "http://proxy.example:3128";

/** Whether a URL is asked through the proxy, with a NO_PROXY. */
const isProxied = (url: string, noProxy: string) =>
  proxyFor(url, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, NO_PROXY: noProxy }) === proxy;

describe("the proxy of the environment", () => {
  for (const [url, env, expected] of [
    ["https://api.example", { HTTPS_PROXY: proxy }, proxy],
    ["https://api.example", { https_proxy: proxy }, proxy],
    ["https://api.example", { HTTP_PROXY: proxy }, undefined],
    ["http://api.example", { HTTP_PROXY: proxy }, proxy],
    ["http://api.example", { HTTPS_PROXY: proxy }, undefined],
    ["https://api.example", { HTTPS_PROXY: "" }, undefined],
    ["https://api.example", { HTTPS_PROXY: "proxy.example:3128" }, proxy],
    ["https://127.0.0.1:6443", { HTTPS_PROXY: proxy }, undefined],
    ["https://localhost:6443", { HTTPS_PROXY: proxy }, undefined],
    ["https://[::1]:6443", { HTTPS_PROXY: proxy }, undefined],
    ["no URL", { HTTPS_PROXY: proxy }, undefined],
  ] as const) {
    it(`for ${url} with ${JSON.stringify(env)} is ${expected ?? "none"}`, () => {
      assert.equal(proxyFor(url, env), expected);
    });
  }

  for (const [noProxy, direct, proxied] of [
    ["*", ["https://api.example"], []],
    ["example.org", ["https://example.org", "https://a.example.org"], ["https://anexample.org"]],
    [".example.org", ["https://a.example.org"], ["https://example.org"]],
    ["*.example.org", ["https://a.example.org"], ["https://example.org"]],
    ["Example.org", ["https://example.org"], []],
    ["example.org:6443", ["https://example.org:6443"], ["https://example.org"]],
    ["example.org:443", ["https://example.org"], ["https://example.org:6443"]],
    ["10.0.0.1", ["https://10.0.0.1:6443"], ["https://10.0.0.11:6443"]],
    ["10.0.0.0/8", ["https://10.9.8.7"], ["https://11.0.0.1", "https://10.example"]],
    ["fe80::/10, fd00::1", ["https://[fe80::1]", "https://[fd00::1]"], ["https://[fd00::2]"]],
    ["[fd00::1]:6443", ["https://[fd00::1]:6443"], ["https://[fd00::1]"]],
    ["a.example, ,b.example", ["https://b.example"], ["https://c.example"]],
    ["10.0.0.0/99", [], ["https://10.0.0.1"]],
  ] as const) {
    it(`leaves out what NO_PROXY names: ${noProxy}`, () => {
      for (const url of direct) assert.ok(!isProxied(url, noProxy), url);
      for (const url of proxied) assert.ok(isProxied(url, noProxy), url);
    });
  }
});
