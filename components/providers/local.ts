import type * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic provider whose code stays in this repository.
 *
 * The engine serializes a dynamic provider into the state, where it can only use Node's built-in
 * modules. Here the serialized code only loads the module: the state stays small, a code change causes
 * no diff, and the provider can use packages.
 *
 * @param module file in components/providers without its extension; it exports a provider's functions,
 * which run in the project's folder, in a process of their own
 * @param optional functions that it exports besides `create`
 */
export function localProvider(
  module: "delivery" | "identity" | "ownership",
  optional: readonly Operation[],
): pulumi.dynamic.ResourceProvider {
  const call =
    (operation: Operation) =>
    (...args: unknown[]): Promise<never> =>
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- the serialized function runs as CommonJS
      (require(`${process.cwd()}/components/providers/${module}.ts`) as Operations)[operation](
        ...args,
      );
  return {
    create: call("create"),
    ...Object.fromEntries(optional.map((operation) => [operation, call(operation)])),
  };
}

type Operation = keyof pulumi.dynamic.ResourceProvider;
type Operations = Readonly<Record<Operation, (...args: unknown[]) => Promise<never>>>;
