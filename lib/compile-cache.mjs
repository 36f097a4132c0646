import { enableCompileCache } from "node:module";

// Pulumi.yaml has Node load this before the program: compiling what it imports takes half a second of CPU.
// JavaScript, because Node would load its TypeScript parser for this file alone.
enableCompileCache();
