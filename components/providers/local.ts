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
  module: "delivery" | "identity" | "ownership",
  optional: readonly Operation[],
): pulumi.dynamic.ResourceProvider {
  const call =
    (operation: Operation) =>
    (...args: unknown[]): Promise<never> =>
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- the text of this function is run as CommonJS
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
