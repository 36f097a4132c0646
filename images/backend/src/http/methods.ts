import type { App } from "./zod-fastify.ts";

/** The methods of all routes. */
export interface RouteMethods {
  /** Of a path; empty if there is no such route. */
  of(path: string): readonly string[];
  /** Whether a path without parameters lacks this method, though a route with parameters fits. */
  lacks(path: string, method: string): boolean;
}

/** Remembers the methods of all routes added after this call: /api/tasks/usage is no task. */
export function methodsOfRoutes(app: App): RouteMethods {
  const fixed = new Map<string, string[]>();
  const routes: { readonly pattern: RegExp; readonly method: string }[] = [];
  app.addHook("onRoute", ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
    for (const each of [method].flat()) routes.push({ pattern, method: each });
    if (!url.includes(":")) fixed.set(url, [...(fixed.get(url) ?? []), method].flat());
  });
  return {
    of: (path) =>
      fixed.get(path) ??
      routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method),
    lacks: (path, method) => fixed.get(path)?.includes(method) === false,
  };
}
