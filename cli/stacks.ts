/** The stacks that the commands accept: one per committed stack file. */
export const stacks = ["dev", "local"] as const;
export type Stack = (typeof stacks)[number];
