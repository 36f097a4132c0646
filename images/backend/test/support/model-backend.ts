import { BuiltinAgent } from "../../src/agent/builtin/agent.ts";
import { OpenAiAgent } from "../../src/agent/openai/agent.ts";
import type { Database } from "../../src/database/database.ts";
import { TestBackend, type Answer, type Person } from "./backend.ts";
import { FakeModel } from "./fake-model.ts";

/** A backend whose agent asks a fake model, and a person who has signed in. */
export class ModelBackend {
  readonly model: FakeModel;
  readonly backend: TestBackend;
  readonly ann: Person;

  private constructor(model: FakeModel, backend: TestBackend, ann: Person) {
    this.model = model;
    this.backend = backend;
    this.ann = ann;
  }

  static async start(
    database: Database,
    { firstByteMs = 300, stallMs = 300, answerMs = 6000 } = {},
  ): Promise<ModelBackend> {
    const model = await FakeModel.start();
    const backend = await TestBackend.start({
      database,
      agent: ({ openai }, logger) =>
        new OpenAiAgent(
          { apiKey: "sk-test", baseUrl: model.baseUrl, model: "fake", firstByteMs },
          new BuiltinAgent(),
          openai,
          logger,
          { answerMs, stallMs },
        ),
    });
    return new ModelBackend(model, backend, await backend.register());
  }

  async stop(): Promise<void> {
    await this.backend.app.close();
    await this.model.stop();
  }

  async chat(message: string, conversationId?: string): Promise<Answer> {
    return this.backend.chat(this.ann, message, conversationId);
  }

  /** Titles of the person's tasks. */
  async titles(): Promise<readonly string[]> {
    return (await this.backend.tasks(this.ann)).map(({ title }) => title);
  }
}
