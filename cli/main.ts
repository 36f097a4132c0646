import { runProgram } from "./command-line.ts";
import { renamed, todo } from "./program.ts";

const [name = ""] = process.argv.slice(2);
const successor = renamed.get(name);
if (successor === undefined) await runProgram(todo());
else {
  console.error(`${name} is now: ${successor}`);
  process.exitCode = 2;
}
