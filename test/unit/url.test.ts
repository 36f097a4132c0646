import assert from "node:assert/strict";

import { portOf } from "../../lib/url.ts";

describe("portOf", () => {
  for (const [url, port] of [
    ["http://receiver/alerts", 80],
    ["https://hooks.example.org/x", 443],
    ["postgres://u:p@db.example.org/todo", 5432],
    ["postgresql://u:p@db.example.org/todo?sslmode=require", 5432],
    ["http://[::1]:8080", 8080],
    ["https://db.example.org:443", 443],
    ["postgresql://u:p@db.example.org:6432/todo", 6432],
  ] as const) {
    it(`of ${url} is ${port}`, () => {
      assert.equal(portOf(url), port);
    });
  }
});
