/** The files of this folder that are dynamic providers, and the functions that each exports. */
const providers = {
  delivery: ["create", "diff", "update"],
  identity: ["check", "create", "diff", "read", "update"],
  ownership: ["create", "delete", "diff", "update"],
} as const;

/**
 * The text of a dynamic provider for the state, the property `__provider` of its resources.
 *
 * It only loads the module, which runs in the project's folder, in a process of the engine: the state
 * stays small, a code change causes no diff, and the provider can use packages. `pulumi.dynamic.Resource`
 * would make such a text from functions, at a tenth of a preview's CPU, and put all of their code into it.
 */
export function storedProvider(module: keyof typeof providers): string {
  const file = `process.cwd() + "/components/providers/${module}.ts"`;
  return `exports.handler = () => Object.fromEntries(${JSON.stringify(providers[module])}.map((name) => [name, (...args) => require(${file})[name](...args)]));`;
}
