/** The parts of a chat completions API message that are used here. */
export type ChatMessage =
  | { readonly role: "system" | "user" | "assistant"; readonly content: string }
  | ToolRequestMessage
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string };

/** The model's message with tool calls, with the endpoint-specific fields to send back. */
export interface ToolRequestMessage {
  readonly role: "assistant";
  readonly content: string;
  readonly tool_calls: readonly object[];
  readonly [field: string]: unknown;
}

/** A tool definition for the model. */
export interface ToolDefinition {
  readonly type: "function";
  readonly function: {
    readonly name: string;
    readonly description: string;
    readonly parameters: object;
  };
}

/** The body of a completion request. */
export interface CompletionRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly tool_choice: "auto" | "none";
  readonly max_completion_tokens: number;
  readonly stream: true;
  readonly stream_options: { readonly include_usage: true };
}

/** An untrusted JSON object from the endpoint. */
export type Fields = Readonly<Record<string, unknown>>;

export function asFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
