import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { IncomingHttpHeaders } from "node:http";

import { tools, type Toolbox } from "../tools/tools.ts";

/**
 * Answers one request of an MCP client, with a server just for this request.
 *
 * @param toolbox the tools on behalf of the token's user.
 * @param canWrite whether to offer the tools that change something.
 */
export async function answerMcp(
  toolbox: Toolbox,
  canWrite: boolean,
  headers: IncomingHttpHeaders,
  body: unknown,
): Promise<Response> {
  const server = serverFor(toolbox, canWrite);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    const given = Object.entries(headers).map(([name, value]) => [name, String(value)]);
    const request = new Request("http://backend/mcp", {
      method: "POST",
      headers: Object.fromEntries(given) as Record<string, string>,
    });
    return await transport.handleRequest(request, { parsedBody: body });
  } finally {
    await server.close();
  }
}

function serverFor(toolbox: Toolbox, canWrite: boolean): McpServer {
  const server = new McpServer({ name: "todo-chatbot", version: "1.0.0" });
  for (const [name, { title, description, input, readOnly }] of Object.entries(tools)) {
    if (!readOnly && !canWrite) continue;
    server.registerTool(
      name,
      {
        title,
        description,
        inputSchema: input,
        annotations: {
          readOnlyHint: readOnly,
          destructiveHint: name === "delete_task",
          openWorldHint: false,
        },
      },
      async (args: unknown): Promise<CallToolResult> => {
        const result = await toolbox.call("mcp", name, args);
        return {
          content: [{ type: "text", text: JSON.stringify(result) }],
          structuredContent: { ...result },
          isError: "error" in result,
        };
      },
    );
  }
  // The SDK announces notifications of tool changes by default; a stateless server sends none.
  server.server.registerCapabilities({ tools: { listChanged: false } });
  return server;
}
