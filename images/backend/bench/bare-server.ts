// The baseline: just fastify, pg and the same SQL.
import Fastify from "fastify";
import pg from "pg";

import { taskList } from "../src/tasks/list.ts";

const { DATABASE_URL, USER_ID } = process.env;
const { statement, values } = taskList(USER_ID ?? "", { status: "all" }, "UTC");
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const app = Fastify();
app.get("/api/tasks", async () => {
  const { rows } = await pool.query<object>({ ...statement, values: [...values] });
  return rows;
});
console.log(`listening at ${await app.listen({ host: "127.0.0.1", port: 0 })}`);
