import { STATUS_CODES } from "node:http";

import type { FastifySchema, onRequestHookHandler, RouteOptions } from "fastify";
import * as z from "zod";

import type { App } from "./zod-fastify.ts";

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  current: z
    .looseObject({})
    .optional()
    .describe("The task as it is now, when it has changed since"),
});

/**
 * Serves the OpenAPI 3.1 document of all routes added after this call, generated from the schemas
 * that validate their requests.
 *
 * @param onRequest hook of the document's own route.
 */
export function addOpenApi(app: App, path: string, onRequest: onRequestHookHandler): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => {
    if (route.schema?.hidden !== true) routes.push(route);
  });
  let document: object | undefined;
  app.get(
    path,
    { onRequest, schema: { summary: "This document", tags: ["service"], signedIn: false } },
    () => (document ??= describe(routes)),
  );
}

function describe(routes: readonly RouteOptions[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, url, schema = {} } of routes) {
    const path = (paths[url.replaceAll(/:(\w+)/g, "{$1}")] ??= {});
    path[String(method).toLowerCase()] = operation(schema);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Todo chatbot",
      version: "1.0.0",
      description: "Tasks, and an assistant to manage them by chat.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Problem: jsonSchema(problem, "output") },
    },
  };
}

function operation(schema: FastifySchema): object {
  const { summary, description, tags, body, signedIn = true } = schema;
  const parameters = [
    ...parametersIn("path", schema.params),
    ...parametersIn("query", schema.querystring),
    ...parametersIn("header", schema.headers),
  ];
  return {
    summary,
    ...(description !== undefined && { description }),
    tags,
    ...(signedIn && { security: [{ token: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: content(body, "input") } }),
    responses: {
      ...Object.fromEntries(errorsOf(schema, parameters.length > 0).map(errorResponse)),
      ...responses(schema.response),
      default: problemResponse("What went wrong"),
    },
  };
}

/** Error statuses of a route. */
function errorsOf({ body, signedIn = true, errors = [] }: FastifySchema, hasParameters: boolean) {
  const all = [
    ...(hasParameters || body !== undefined ? [400] : []),
    ...(signedIn ? [401, 403] : []),
    ...(body !== undefined ? [413, 415] : []),
    ...[429, 503],
    ...errors,
  ];
  return [...new Set(all)].sort((a, b) => a - b);
}

function errorResponse(status: number): [string, object] {
  return [String(status), problemResponse(STATUS_CODES[status] ?? "Error")];
}

function problemResponse(description: string): object {
  const schema = { $ref: "#/components/schemas/Problem" };
  return { description, content: { "application/problem+json": { schema } } };
}

function responses(response: unknown): Record<string, object> {
  if (response === undefined) return { 200: { description: "OK" } };
  return Object.fromEntries(
    Object.entries(response as Record<string, z.ZodType>).map(([status, schema]) => [
      status,
      {
        description: STATUS_CODES[status] ?? "OK",
        ...(!(schema instanceof z.ZodVoid) && { content: content(schema, "output") }),
      },
    ]),
  );
}

/** Headers that OpenAPI doesn't allow as parameters; the content types of responses imply them. */
const noParameters = new Set(["accept"]);

function parametersIn(place: "path" | "query" | "header", schema: unknown): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input");
  return Object.entries(properties)
    .filter(([name]) => !noParameters.has(name))
    .map(([name, property]) => ({
      name,
      in: place,
      required: required.includes(name),
      schema: property,
    }));
}

function content(schema: unknown, io: "input" | "output"): object {
  const type = (schema as z.ZodType).meta()?.["contentType"] as string | undefined;
  return { [type ?? "application/json"]: { schema: jsonSchema(schema, io) } };
}

function jsonSchema(schema: unknown, io: "input" | "output"): z.core.JSONSchema.BaseSchema {
  const result = z.toJSONSchema(schema as z.ZodType, { io, unrepresentable: "any" });
  // The document as a whole declares its JSON Schema dialect.
  delete result.$schema;
  delete result["contentType"];
  return result;
}
