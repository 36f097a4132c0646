import type { App } from "./zod-fastify.ts";

/**
 * Remembers the methods of all routes added after this call.
 *
 * @returns the methods of a path; empty if there is no such route.
 */
export function methodsOfRoutes(app: App): (path: string) => readonly string[] {
  const routes: { readonly pattern: RegExp; readonly method: string }[] = [];
  app.addHook("onRoute", ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll(".", "\\.").replaceAll(/:\w+/g, "[^/]+")}$`);
    for (const each of [method].flat()) routes.push({ pattern, method: each });
  });
  return (path) => routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
}
