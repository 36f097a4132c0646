import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A temporary folder, which goes with the object: `using folder = new Folder({...})`. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "todo-chatbot-test-"));

  /** @param files what is in it, by path below it */
  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [file, text] of Object.entries(files)) this.write(file, text);
  }

  /** The path of something in it. */
  at(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  write(file: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.at(file)), { recursive: true });
    writeFileSync(this.at(file), text, { mode });
  }

  read(file: string): string {
    return readFileSync(this.at(file), "utf8");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
