// The engine would run a TypeScript entry through ts-node and check its types at each start. From
// here on Node runs it, as it runs the program.
import "./pack.ts";
