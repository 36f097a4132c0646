import assert from "node:assert/strict";

import Fastify from "fastify";

import { clientNetwork } from "../src/http/client-network.ts";
import { RateLimiter } from "../src/http/rate-limit.ts";
import { trustedProxies } from "../src/http/trusted-proxies.ts";
import { TestBackend } from "./support/backend.ts";

describe("limits by address", () => {
  for (const [address, network] of [
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8:0001::5", "2001:db8:1:0::/64"],
    ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
    ["::1", "0:0:0:0::/64"],
  ] as const) {
    it(`count ${address} as ${network}`, () => {
      assert.equal(clientNetwork(address), network);
    });
  }

  it("hold for somebody who has a new IPv6 address for every request", async () => {
    const backend = await TestBackend.start();
    const limit = { name: "login by address", burst: 100, refillSeconds: 10, message: "" };
    const limiter = new RateLimiter(backend.database);
    for (let count = 0; count < 100; count += 1) await limiter.take(limit, "2001:db8:1:2::/64");
    const login = async (address: string) => {
      const body = { email: "ann@example.com", password: "wrong password" };
      const headers = { "x-forwarded-for": address };
      return (await backend.send("POST", "/api/auth/login", { body, headers })).status;
    };
    assert.equal(await login("2001:db8:1:2::77"), 429);
    assert.equal(await login("2001:db8:1:3::77"), 401);
    await backend.stop();
  });

  for (const [peer, isFrontend] of [
    ["10.244.1.7", true],
    ["100.64.3.7", true],
    ["fd00::7", true],
    ["198.51.100.9", false],
  ] as const) {
    it(`count ${isFrontend ? "the client that the frontend names" : "a stranger itself"}, from ${peer}`, async () => {
      const backend = await TestBackend.start();
      const limit = { name: "login by address", burst: 100, refillSeconds: 10, message: "" };
      const limiter = new RateLimiter(backend.database);
      for (let count = 0; count < 100; count += 1) await limiter.take(limit, "203.0.113.7");
      const login = async (client: string) => {
        const { statusCode } = await backend.app.inject({
          ...{ method: "POST", url: "/api/auth/login", remoteAddress: peer },
          headers: { "x-forwarded-for": client },
          payload: { email: "ann@example.com", password: "wrong password" },
        });
        return statusCode;
      };
      assert.equal(await login("203.0.113.7"), isFrontend ? 429 : 401);
      assert.equal(await login("203.0.113.8"), 401);
      await backend.stop();
    });
  }

  it("count the client that a frontend with a global IPv6 address names, and no stranger's", async () => {
    const own = { ...ipv6, address: "2600:1f16:0:ab01::7", cidr: "2600:1f16:0:ab01::7/128" };
    const server = Fastify({ trustProxy: trustedProxies({ eth0: [own] }) });
    server.get("/", ({ ip }) => ip);
    const ipOf = async (remoteAddress: string) => {
      const headers = { "x-forwarded-for": "2a02:1::9" };
      return (await server.inject({ url: "/", remoteAddress, headers })).body;
    };
    assert.equal(await ipOf("2600:1f16:0:abff::3"), "2a02:1::9");
    assert.equal(await ipOf("2600:1f16:0:cd01::3"), "2600:1f16:0:cd01::3");
  });

  it("trust no network of this machine that is not global IPv6", () => {
    const addresses = ["fe80::1", "fd00::7", "::1"].map((address) => ({ ...ipv6, address }));
    assert.equal(trustedProxies({ eth0: addresses, eth1: undefined }).length, 4);
  });
});

const ipv6 = {
  ...{ address: "", netmask: "", cidr: null, mac: "", internal: false, scopeid: 0 },
  family: "IPv6",
} as const;
