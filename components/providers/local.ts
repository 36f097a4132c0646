import type * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic provider whose code stays in this repository.
 *
 * The engine stores a dynamic provider as text in the state, and may let it use Node's own
 * modules only. So that text merely loads the module when it is needed: the state stays small,
 * an edit of the code shows no diff, and the code may use packages.
 *
 * @param module file in components/providers, without its ending; it exports the functions of a
 * provider. They are called in the project's folder, in a process of their own.
 * @param optional which functions it exports beside `create`
 */
export function localProvider(
  module: "delivery" | "identity",
  optional: readonly (keyof pulumi.dynamic.ResourceProvider)[],
): pulumi.dynamic.ResourceProvider {
  const call =
    (operation: string) =>
    (...args: unknown[]): Promise<never> => {
      const functions = require(`${process.cwd()}/components/providers/${module}.ts`) as Record<
        string,
        (...args: unknown[]) => Promise<never>
      >;
      return functions[operation]!(...args);
    };
  return {
    create: call("create"),
    ...Object.fromEntries(optional.map((operation) => [operation, call(operation)])),
  };
}
