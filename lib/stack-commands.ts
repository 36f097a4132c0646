/** The stack of commands without `--stack`. */
export const defaultStack = "dev";

/** The option that selects a stack, for commands in messages; empty for the default one. */
export const stackOf = (stack: string): string =>
  stack === defaultStack ? "" : ` --stack ${stack}`;

/** A command of a stack, for messages: `npm run todo -- repair --stack production`. */
export const todoCommand = (command: string, stack: string): string =>
  `npm run todo -- ${command}${stackOf(stack)}`;

/** The same for `npm start` and `npm run down`. */
export const npmCommand = (script: "start" | "run down", stack: string): string =>
  `npm ${script}${stack === defaultStack ? "" : ` --${stackOf(stack)}`}`;
