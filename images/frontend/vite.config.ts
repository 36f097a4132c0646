import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` serves the page from source and passes the API on, like the real server does.
const api = process.env.API_URL ?? "http://127.0.0.1:8000";

/** No paint before the stored theme is known; Vite drops the attribute from index.html. */
const blockRendering = {
  name: "block-rendering",
  transformIndexHtml: {
    order: "post" as const,
    handler: (html: string) =>
      html.replace('<script type="module"', '<script type="module" blocking="render"'),
  },
};

export default defineConfig({
  plugins: [react(), blockRendering],
  build: {
    outDir: "dist/page",
    target: "es2023",
    // Browsers of 2024 on, which know light-dark().
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Inlined assets would need `data:` in more places of the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // MCP clients look for documents under /.well-known; the page in their place would mislead them.
  server: { port: 5173, proxy: { "/api": api, "/mcp": api, "/.well-known": api } },
});
