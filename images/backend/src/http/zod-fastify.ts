import type { FastifyInstance, FastifyTypeProvider } from "fastify";
import * as z from "zod";

import { HttpProblem, type FieldFault } from "./problem.ts";

declare module "fastify" {
  interface FastifySchema {
    /** What the route does, in a few words, for the OpenAPI document. */
    summary?: string;
    description?: string;
    tags?: readonly string[];
    /** False for routes that need no bearer token; default true. */
    signedIn?: boolean;
    /** Error statuses beside those that follow from what the request has. */
    errors?: readonly number[];
    /** Left out of the OpenAPI document. */
    hidden?: boolean;
  }
}

/** Infers the types of handlers from the zod schemas of their routes. */
export interface ZodTypeProvider extends FastifyTypeProvider {
  validator: this["schema"] extends z.ZodType ? z.output<this["schema"]> : unknown;
  serializer: this["schema"] extends z.ZodType ? z.input<this["schema"]> : unknown;
}
export type App = ReturnType<typeof withZod>;

/** Makes an app validate with zod; response schemas are only for the OpenAPI document. */
export function withZod(app: FastifyInstance) {
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart = "body" }) => (data) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    return { error: invalid(result.error.issues.map((issue) => fault(issue, httpPart))) };
  });
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  return app.withTypeProvider<ZodTypeProvider>();
}

function fault({ path, message }: z.core.$ZodIssue, httpPart: string): FieldFault {
  return { path: [httpPart, ...path].map(String).join("."), message };
}

function invalid(errors: readonly FieldFault[]): HttpProblem {
  const list = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new HttpProblem(400, `The request is not valid. ${list}.`.slice(0, 1000), { errors });
}
