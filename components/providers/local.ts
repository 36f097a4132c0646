/**
 * The text of a dynamic provider for the state, the property `__provider` of its resources.
 *
 * It only loads a module of this folder, whose exports are the provider's functions. They run in the
 * project's folder, in a process of the engine: the state stays small, a code change causes no diff, and
 * the provider can use packages. `pulumi.dynamic.Resource` would make such a text from functions, with
 * all of their code, at a tenth of a preview's CPU.
 *
 * An older version of the project that lacks the module can delete the resource: when somebody goes back to it.
 */
export function storedProvider(module: "delivery" | "identity" | "ownership"): string {
  const lines = [
    'const folder = process.cwd() + "/components/providers/";',
    `const file = folder + "${module}.ts";`,
    'const { existsSync } = require("node:fs");',
    // All versions have that one; anywhere else the module's absence is an error.
    'if (!existsSync(file) && existsSync(folder + "identity.ts")) return { delete: async () => {} };',
    // The engine kills the process, which would otherwise write the compile cache when it exits.
    'const provider = require(file); require("node:module").flushCompileCache(); return provider;',
  ];
  return `exports.handler = () => { ${lines.join(" ")} };`;
}
