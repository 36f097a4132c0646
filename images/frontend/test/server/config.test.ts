import assert from "node:assert/strict";

import { ConfigError, readConfig } from "../../server/config.ts";

function faults(env: Record<string, string>): string[] {
  try {
    readConfig(env);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
}

describe("the configuration", () => {
  it("has a default for everything", () => {
    const { apiUrl, ...rest } = readConfig({});
    assert.equal(apiUrl.href, "http://127.0.0.1:8000/");
    assert.deepEqual(rest, {
      host: "",
      port: 3000,
      metricsPort: undefined,
      apiPodsUrl: undefined,
      logLevel: "info",
      healthCheckIntervalMs: 30_000,
      drainMs: 0,
      trustedProxies: 0,
    });
  });

  it("counts an empty variable as unset", () => {
    const empty = { PORT: "", HOST: " ", API_URL: "", LOG_LEVEL: "", HEALTH_CHECK_INTERVAL: "" };
    assert.deepEqual(readConfig(empty), readConfig({}));
  });

  it("takes what is set", () => {
    const config = readConfig({
      PORT: "8080",
      HOST: "127.0.0.1",
      METRICS_PORT: "9464",
      LOG_LEVEL: "WARN",
      API_URL: "https://backend-service:8443",
      API_PODS_URL: "https://backend-pods:8443",
      HEALTH_CHECK_INTERVAL: "2m",
      SHUTDOWN_DRAIN: "500ms",
      TRUST_PROXY: "2",
    });
    assert.equal(config.apiUrl.origin, "https://backend-service:8443");
    assert.equal(config.apiPodsUrl?.origin, "https://backend-pods:8443");
    assert.deepEqual(
      { ...config, apiUrl: undefined, apiPodsUrl: undefined },
      {
        host: "127.0.0.1",
        port: 8080,
        metricsPort: 9464,
        logLevel: "warn",
        apiUrl: undefined,
        apiPodsUrl: undefined,
        healthCheckIntervalMs: 120_000,
        drainMs: 500,
        trustedProxies: 2,
      },
    );
  });

  it("trusts one proxy where any is trusted", () => {
    assert.equal(readConfig({ TRUST_PROXY: "true" }).trustedProxies, 1);
    assert.equal(readConfig({ TRUST_PROXY: "false" }).trustedProxies, 0);
  });

  it("drains for 5 s in production", () => {
    assert.equal(readConfig({ NODE_ENV: "production" }).drainMs, 5000);
  });

  it("names every fault at once, with the value and what is allowed", () => {
    assert.deepEqual(faults({ PORT: "http", LOG_LEVEL: "loud", HEALTH_CHECK_INTERVAL: "0s" }), [
      'PORT is "http"; it must be a port number from 0 to 65535.',
      'LOG_LEVEL is "loud"; it must be one of trace, debug, info, warn, error, fatal, silent.',
      'HEALTH_CHECK_INTERVAL is "0s"; it must be a duration from 1s to 1h, such as 30s or 2m.',
    ]);
  });

  for (const [name, value] of [
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PORT", "3e3"],
    ["METRICS_PORT", "none"],
    ["HOST", "0.0.0.0:3000"],
    ["HOST", "two words"],
    ["API_URL", "backend-service"],
    ["API_URL", "backend-service:8000"],
    ["API_URL", "ftp://backend-service"],
    ["API_URL", "http://backend-service/api"],
    ["API_URL", "http://backend-service/?x=1"],
    ["API_PODS_URL", "backend-pods:8000"],
    ["HEALTH_CHECK_INTERVAL", "2h"],
    ["HEALTH_CHECK_INTERVAL", "1.5.2"],
    ["SHUTDOWN_DRAIN", "61s"],
    ["TRUST_PROXY", "yes"],
    ["TRUST_PROXY", "10"],
  ] as const) {
    it(`refuses ${name}=${value}`, () => {
      const [fault, ...more] = faults({ [name]: value });
      assert.match(fault ?? "", new RegExp(`^${name} is "`));
      assert.deepEqual(more, []);
    });
  }

  it("wants pods to speak as their Service does", () => {
    assert.deepEqual(faults({ API_PODS_URL: "https://backend-pods:8000" }), [
      "API_PODS_URL starts with https://, API_URL with http://; both must use the same scheme.",
    ]);
  });

  it("keeps a password in API_URL out of the message", () => {
    const [fault] = faults({ API_URL: "http://admin:hunter2@backend" });
    assert.match(fault ?? "", /^API_URL is "http:\/\/…@backend"/);
  });
});
