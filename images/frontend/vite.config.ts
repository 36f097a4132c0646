import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` serves the page from source and proxies the API, like the real server.
const target = process.env.API_URL ?? "http://127.0.0.1:8000";
/** The Host header stays: apps are told addresses of this origin. */
const api = { target, changeOrigin: false };

/** Blocks painting until the theme is set; Vite drops the attribute from index.html. */
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
    // Browsers since 2024, which support light-dark().
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Inlined assets would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // MCP clients look for documents under /.well-known; serving the page there would mislead them.
  server: { port: 5173, proxy: { "/api": api, "/mcp": api, "/.well-known": api } },
});
